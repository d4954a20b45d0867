package dev.whatsit.firestore;

import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.batch.ItemStatus;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.WorkError;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * An item as a document of the collection {@value #COLLECTION}, named by its batch and its place in
 * it, so that the items of a batch lie together and in order without an index.
 *
 * <p>{@code open_in} and {@code waits_for} are there for queries only and are not read back: the
 * batch while the item is open, and the image while it waits for one. Whatever is final is in no
 * index.
 */
final class BatchItemDocument {
  static final String COLLECTION = "batch_items";
  static final String OPEN_IN = "open_in";
  static final String WAITS_FOR = "waits_for";
  static final String OVERDUE_AT = "overdue_at";
  static final String EXPIRE_AT = "expire_at";

  private static final String NAME = "name";
  private static final String SOURCE_URL = "source_url";
  private static final String IMAGE_HASH = "image_hash";
  private static final String RUN = "run";
  private static final String STATUS = "status";
  private static final String FETCHES = "fetches";
  private static final String ANNOTATIONS = "annotations";
  private static final String ERROR = "error";
  private static final String CREATED_AT = "created_at";
  private static final String UPDATED_AT = "updated_at";

  /** Every field that an item is written to, but for that of its batch, {@value #EXPIRE_AT}. */
  static final Set<String> FIELDS =
      Set.of(
          OPEN_IN,
          WAITS_FOR,
          NAME,
          SOURCE_URL,
          IMAGE_HASH,
          RUN,
          STATUS,
          FETCHES,
          ANNOTATIONS,
          ERROR,
          CREATED_AT,
          UPDATED_AT,
          OVERDUE_AT);

  private BatchItemDocument() {}

  /** The document's id: the places have the same number of digits, so that they sort. */
  static String id(ItemKey key) {
    return id(key.batch(), key.index());
  }

  /** The same for a place that need not be one. */
  static String id(BatchId batch, int index) {
    return String.format(Locale.ROOT, "%s-%04d", batch, index);
  }

  /** Also with when its batch expires. That is written once and left alone by every change. */
  static Map<String, Value> fields(BatchItem item, Batch batch) {
    Map<String, Value> fields = fields(item);
    Fields.put(fields, EXPIRE_AT, batch.expireAt());
    return fields;
  }

  static Map<String, Value> fields(BatchItem item) {
    Map<String, Value> fields = new HashMap<>();
    if (!item.status().isFinal()) {
      fields.put(OPEN_IN, Fields.of(item.key().batch().text()));
    }
    ImageHash hash = item.imageHash();
    if (hash != null) {
      fields.put(IMAGE_HASH, Fields.of(hash.hex()));
      if (item.status() == ItemStatus.WAITING) {
        fields.put(WAITS_FOR, Fields.of(hash.hex()));
      }
    }
    fields.put(NAME, Fields.of(item.name()));
    String sourceUrl = item.sourceUrl();
    if (sourceUrl != null) {
      fields.put(SOURCE_URL, Fields.of(sourceUrl));
    }
    fields.put(RUN, Fields.of(item.run()));
    fields.put(STATUS, Fields.of(item.status().word()));
    fields.put(FETCHES, Fields.of(item.fetches()));
    fields.put(
        ANNOTATIONS,
        Fields.of(
            item.annotations().stream()
                .map(
                    annotation ->
                        Fields.of(
                            Map.of(
                                "label", Fields.of(annotation.label()),
                                "confidence", Fields.of(annotation.confidence()))))
                .toList()));
    WorkError error = item.error();
    if (error != null) {
      fields.put(
          ERROR,
          Fields.of(
              Map.of(
                  "code", Fields.of(error.code()),
                  "detail", Fields.of(error.detail()),
                  "retryable", Fields.of(error.retryable()))));
    }
    fields.put(CREATED_AT, Fields.of(item.createdAt()));
    fields.put(UPDATED_AT, Fields.of(item.updatedAt()));
    Fields.put(fields, OVERDUE_AT, item.overdueAt());
    return fields;
  }

  /**
   * The item in a document.
   *
   * @throws TransientFailure naming the document and what is wrong with it
   */
  static BatchItem read(Document document) {
    return read(document.name(), document.fields());
  }

  /** The same, of a document that has this name and these fields. */
  static BatchItem read(String name, Map<String, Value> values) {
    Fields fields = new Fields(name, values);
    try {
      String status = fields.text(STATUS);
      String hash = fields.textOrNull(IMAGE_HASH);
      Fields error = fields.mapOrNull(ERROR);
      List<Annotation> annotations =
          fields.maps(ANNOTATIONS).stream()
              .map(each -> new Annotation(each.text("label"), each.decimal("confidence")))
              .toList();
      return new BatchItem(
          key(name),
          fields.text(NAME),
          fields.textOrNull(SOURCE_URL),
          hash == null ? null : new ImageHash(hash),
          fields.smallNumber(RUN),
          ItemStatus.ofWord(status).orElseThrow(() -> fields.unreadable(STATUS + " is " + status)),
          fields.smallNumber(FETCHES),
          annotations,
          error == null
              ? null
              : new WorkError(error.text("code"), error.text("detail"), error.flag("retryable")),
          fields.instant(CREATED_AT),
          fields.instant(UPDATED_AT),
          fields.instantOrNull(OVERDUE_AT));
    } catch (IllegalArgumentException e) {
      throw fields.unreadable(e);
    }
  }

  private static ItemKey key(String name) {
    String id = name.substring(name.lastIndexOf('/') + 1);
    int end = Math.max(0, id.lastIndexOf('-'));
    return new ItemKey(new BatchId(id.substring(0, end)), Integer.parseInt(id.substring(end + 1)));
  }
}
