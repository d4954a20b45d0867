package dev.whatsit.firestore;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.domain.thumbnail.Thumbnail;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import dev.whatsit.firestore.Documents.Step;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is known of thumbnails, in a field of the image's record that no write of the record
 * touches. Safe for use by several threads and processes.
 *
 * <p>Remote calls when nobody interferes: a find 1, a put 2. A put between a claim and its end
 * costs the end two calls more, because it changed the document that the end relies on.
 */
final class FirestoreThumbnailRecords implements ThumbnailRecords {
  static final String THUMBNAILS = "thumbnails";

  private final Documents documents;

  FirestoreThumbnailRecords(Documents documents) {
    this.documents = documents;
  }

  @Override
  public boolean put(ImageHash image, List<Thumbnail> thumbnails, Instant now) {
    return documents
        .<Boolean>change(
            "put thumbnails of " + image,
            name(image),
            null,
            document -> {
              if (document == null || RecordDocument.read(document).isExpired(now)) {
                return new Step.Answer<>(false);
              }
              List<Thumbnail> kept = thumbnails(document);
              List<Thumbnail> merged = Thumbnail.merged(kept, thumbnails);
              return merged.equals(kept)
                  ? new Step.Answer<>(true)
                  : new Step.Put<>(Map.of(THUMBNAILS, value(merged)), Set.of(THUMBNAILS), true);
            })
        .answer();
  }

  @Override
  public Optional<Illustrated> find(ImageHash image, Instant now) {
    Document document = documents.read("find record " + image, name(image)).document();
    if (document == null) {
      return Optional.empty();
    }
    ImageRecord record = RecordDocument.read(document);
    return record.isExpired(now)
        ? Optional.empty()
        : Optional.of(new Illustrated(record, thumbnails(document)));
  }

  private String name(ImageHash image) {
    return documents.name(RecordDocument.COLLECTION, image.hex());
  }

  private static Value value(List<Thumbnail> thumbnails) {
    return Fields.of(thumbnails.stream().map(FirestoreThumbnailRecords::value).toList());
  }

  private static Value value(Thumbnail thumbnail) {
    Value size = Fields.of(thumbnail.size());
    ImageDescription picture = thumbnail.picture();
    if (picture != null) {
      return Fields.of(
          Map.of(
              "size", size,
              "hash", Fields.of(picture.hash().hex()),
              "content_type", Fields.of(picture.format().mediaType()),
              "size_bytes", Fields.of(picture.sizeBytes()),
              "width", Fields.of(picture.width()),
              "height", Fields.of(picture.height())));
    }
    WorkError error = thumbnail.error();
    if (error == null) {
      throw new IllegalArgumentException("neither a picture nor an error: " + thumbnail);
    }
    return Fields.of(
        Map.of(
            "size",
            size,
            "error",
            Fields.of(
                Map.of(
                    "code", Fields.of(error.code()),
                    "detail", Fields.of(error.detail()),
                    "retryable", Fields.of(error.retryable())))));
  }

  /**
   * The thumbnails in a record's document.
   *
   * @throws TransientFailure naming the document and what is wrong with it
   */
  private static List<Thumbnail> thumbnails(Document document) {
    return new Fields(document.name(), document.fields())
        .maps(THUMBNAILS).stream().map(FirestoreThumbnailRecords::thumbnail).toList();
  }

  private static Thumbnail thumbnail(Fields fields) {
    int size = fields.smallNumber("size");
    Fields error = fields.mapOrNull("error");
    if (error != null) {
      return Thumbnail.failed(
          size, new WorkError(error.text("code"), error.text("detail"), error.flag("retryable")));
    }
    String hash = fields.text("hash");
    String contentType = fields.text("content_type");
    return Thumbnail.made(
        size,
        new ImageDescription(
            ImageHash.parse(hash).orElseThrow(() -> fields.unreadable("hash is " + hash)),
            ImageFormat.ofMediaType(contentType)
                .orElseThrow(() -> fields.unreadable("content_type is " + contentType)),
            fields.number("size_bytes"),
            fields.smallNumber("width"),
            fields.smallNumber("height")));
  }
}
