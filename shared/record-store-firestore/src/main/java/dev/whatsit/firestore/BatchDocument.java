package dev.whatsit.firestore;

import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.failure.TransientFailure;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** A batch as a document of the collection {@value #COLLECTION}, named by its id. */
final class BatchDocument {
  static final String COLLECTION = "batches";
  static final String OVERDUE_AT = "overdue_at";
  static final String EXPIRE_AT = "expire_at";

  private static final String TOTAL = "total";
  private static final String CALLBACK_URL = "callback_url";
  private static final String CREATED_AT = "created_at";
  private static final String UPDATED_AT = "updated_at";
  private static final String COMPLETED_AT = "completed_at";
  private static final String ANNOUNCE_DUE = "announce_due";

  /** Every field that a batch is written to. */
  static final Set<String> FIELDS =
      Set.of(
          TOTAL,
          CALLBACK_URL,
          CREATED_AT,
          UPDATED_AT,
          COMPLETED_AT,
          ANNOUNCE_DUE,
          OVERDUE_AT,
          EXPIRE_AT);

  private BatchDocument() {}

  static Map<String, Value> fields(Batch batch) {
    Map<String, Value> fields = new HashMap<>();
    fields.put(TOTAL, Fields.of(batch.total()));
    String callbackUrl = batch.callbackUrl();
    if (callbackUrl != null) {
      fields.put(CALLBACK_URL, Fields.of(callbackUrl));
    }
    fields.put(CREATED_AT, Fields.of(batch.createdAt()));
    fields.put(UPDATED_AT, Fields.of(batch.updatedAt()));
    Fields.put(fields, COMPLETED_AT, batch.completedAt());
    fields.put(ANNOUNCE_DUE, Fields.of(batch.announceDue()));
    Fields.put(fields, OVERDUE_AT, batch.overdueAt());
    Fields.put(fields, EXPIRE_AT, batch.expireAt());
    return fields;
  }

  /**
   * The batch in a document.
   *
   * @throws TransientFailure naming the document and what is wrong with it
   */
  static Batch read(Document document) {
    return read(document.name(), document.fields());
  }

  /** The same, of a document that has this name and these fields. */
  static Batch read(String name, Map<String, Value> values) {
    Fields fields = new Fields(name, values);
    try {
      return new Batch(
          new BatchId(name.substring(name.lastIndexOf('/') + 1)),
          fields.smallNumber(TOTAL),
          fields.textOrNull(CALLBACK_URL),
          fields.instant(CREATED_AT),
          fields.instant(UPDATED_AT),
          fields.instantOrNull(COMPLETED_AT),
          fields.flag(ANNOUNCE_DUE),
          fields.instantOrNull(OVERDUE_AT),
          fields.instantOrNull(EXPIRE_AT));
    } catch (IllegalArgumentException e) {
      throw fields.unreadable(e);
    }
  }
}
