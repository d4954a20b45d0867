package dev.whatsit.domain.thumbnail;

import dev.whatsit.domain.document.Codec;
import dev.whatsit.domain.document.Document;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.document.Documents;
import dev.whatsit.domain.document.Snapshot;
import dev.whatsit.domain.document.Step;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is known of images' thumbnails: one document for each image in the collection {@code
 * thumbnails}, named by the image's hash and read together with its record. It is a document of its
 * own because it is written while the record is claimed, whose end must not meet a conflict for
 * that. It belongs to the record that stood when it was written: a record that replaces an expired
 * one begins without thumbnails.
 *
 * <p>Store calls without a conflict: a find 1, a put 2. Thread-safe. A put may be repeated: the
 * same again changes nothing.
 */
public final class ThumbnailRecords {
  /** How thumbnails are stored. */
  public static final Codec<OfImage> CODEC =
      Codec.of("thumbnails", OfImage.class)
          .text(ImageHash.class, ImageHash::hex, ImageHash::parse)
          .text(ImageFormat.class, ImageFormat::mediaType, ImageFormat::ofMediaType)
          .build();

  private final DocumentStore store;
  private final Documents<ImageRecord> records;
  private final Documents<OfImage> documents;

  /** The thumbnails in a store, beside the records of the images. */
  public ThumbnailRecords(DocumentStore store) {
    this.store = store;
    this.records = new Documents<>(store, RecordStore.CODEC);
    this.documents = new Documents<>(store, CODEC);
  }

  /**
   * The thumbnails of an image.
   *
   * @param imageCreatedAt {@code createdAt} of the record that they belong to
   * @param thumbnails by ascending size
   */
  public record OfImage(Instant imageCreatedAt, List<Thumbnail> thumbnails) {
    /** Takes a copy of the list. */
    public OfImage {
      thumbnails = List.copyOf(thumbnails);
    }
  }

  /**
   * A record with its thumbnails.
   *
   * @param thumbnails by ascending size; empty when none were tried yet
   */
  public record Illustrated(ImageRecord record, List<Thumbnail> thumbnails) {
    /** Takes a copy of the list. */
    public Illustrated {
      thumbnails = List.copyOf(thumbnails);
    }
  }

  /**
   * Notes what a try came to, as {@link Thumbnail#merged} has it.
   *
   * @param thumbnails by ascending size, each size once
   * @return false when there is no record at {@code now}, and nothing was written
   * @throws TransientFailure if it is not known whether it was written; the call may be repeated
   */
  public boolean put(ImageHash image, List<Thumbnail> thumbnails, Instant now) {
    List<Document> found = read(image);
    Snapshot<ImageRecord> record = records.among(found, image.hex());
    if (record.value() == null || record.value().isExpired(now)) {
      return false;
    }
    Instant createdAt = record.value().createdAt();
    return documents.change(
        documents.among(found, image.hex()),
        current -> {
          if (current.value() != null && current.value().imageCreatedAt().isAfter(createdAt)) {
            // The record has expired and was replaced since it was read.
            return Step.answer(false);
          }
          List<Thumbnail> kept = of(current, createdAt);
          List<Thumbnail> merged = Thumbnail.merged(kept, thumbnails);
          return merged.equals(kept)
              ? Step.answer(true)
              : Step.put(new OfImage(createdAt, merged), written -> true);
        });
  }

  /**
   * Reads a record and its thumbnails.
   *
   * @return both, or empty when there is no record or it has expired at {@code now}
   * @throws TransientFailure if the store cannot be reached, or one of the two can't be read
   */
  public Optional<Illustrated> find(ImageHash image, Instant now) {
    List<Document> found = read(image);
    return records
        .among(found, image.hex())
        .find()
        .filter(record -> !record.isExpired(now))
        .map(
            record ->
                new Illustrated(
                    record, of(documents.among(found, image.hex()), record.createdAt())));
  }

  private List<Document> read(ImageHash image) {
    return store.getAll(List.of(records.key(image.hex()), documents.key(image.hex())));
  }

  private static List<Thumbnail> of(Snapshot<OfImage> found, Instant createdAt) {
    return found
        .find()
        .filter(kept -> kept.imageCreatedAt().equals(createdAt))
        .map(OfImage::thumbnails)
        .orElse(List.of());
  }
}
