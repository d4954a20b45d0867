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
 * Stores the thumbnail results of images: one document for each image in the collection {@code
 * thumbnails}, with the image's hash as id, read together with its record. It is a separate
 * document because it is written while the record is claimed, and the write that ends the claim
 * must not meet a conflict because of it. It belongs to the record that existed when it was
 * written: a record that replaces an expired one begins without thumbnails.
 *
 * <p>Store calls without a conflict: a find 1, a put 2. A put is idempotent.
 *
 * <p>Thread-safe. Every method throws {@link TransientFailure} when the store cannot be reached or
 * a document can't be read; for a put it is then unknown whether it was written.
 */
public final class ThumbnailRecords {
  public static final Codec<OfImage> CODEC =
      Codec.of("thumbnails", OfImage.class)
          .text(ImageHash.class, ImageHash::hex, ImageHash::parse)
          .text(ImageFormat.class, ImageFormat::mediaType, ImageFormat::ofMediaType)
          .build();

  private final DocumentStore store;
  private final Documents<ImageRecord> records;
  private final Documents<OfImage> documents;

  public ThumbnailRecords(DocumentStore store) {
    this.store = store;
    this.records = new Documents<>(store, RecordStore.CODEC);
    this.documents = new Documents<>(store, CODEC);
  }

  /**
   * The stored thumbnail results of an image.
   *
   * @param imageCreatedAt {@link ImageRecord#createdAt} of the record that they belong to
   * @param thumbnails by ascending size
   */
  public record OfImage(Instant imageCreatedAt, List<Thumbnail> thumbnails) {
    public OfImage {
      thumbnails = List.copyOf(thumbnails);
    }
  }

  /**
   * A record with its thumbnails.
   *
   * @param thumbnails by ascending size; empty when none was attempted yet
   */
  public record ImageWithThumbnails(ImageRecord record, List<Thumbnail> thumbnails) {
    public ImageWithThumbnails {
      thumbnails = List.copyOf(thumbnails);
    }
  }

  /**
   * Stores the results of an attempt, merged by {@link Thumbnail#merged}.
   *
   * @param thumbnails by ascending size, each size once
   * @return false when nothing was written because there is no unexpired record at {@code now}, or
   *     a newer record has replaced it
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
   */
  public Optional<ImageWithThumbnails> find(ImageHash image, Instant now) {
    List<Document> found = read(image);
    return records
        .among(found, image.hex())
        .find()
        .filter(record -> !record.isExpired(now))
        .map(
            record ->
                new ImageWithThumbnails(
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
