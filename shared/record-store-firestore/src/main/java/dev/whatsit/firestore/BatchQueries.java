package dev.whatsit.firestore;

import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.firestore.Query.Direction;
import dev.whatsit.firestore.Query.Operator;
import java.time.Instant;

/** Every query over batches and items; their indexes stand in {@code firestore.indexes.json}. */
final class BatchQueries {
  private BatchQueries() {}

  /**
   * The items of a batch, in order. The names of documents are always indexed.
   *
   * @param first the full name of the first that may be
   * @param last the full name of the last that may be
   */
  static Query items(String first, String last) {
    return Query.in(BatchItemDocument.COLLECTION, Batch.MOST_ITEMS)
        .where(Query.NAME, Operator.GREATER_THAN_OR_EQUAL, Value.of(Value.REFERENCE, first))
        .where(Query.NAME, Operator.LESS_THAN_OR_EQUAL, Value.of(Value.REFERENCE, last))
        .orderBy(Query.NAME, Direction.ASCENDING);
  }

  /** One open item of a batch. */
  static Query open(BatchId batch) {
    return Query.in(BatchItemDocument.COLLECTION, 1)
        .where(BatchItemDocument.OPEN_IN, Operator.EQUAL, Fields.of(batch.text()))
        .namesOnly();
  }

  /** Items that wait for an image. */
  static Query waiting(ImageHash hash, int limit) {
    return Query.in(BatchItemDocument.COLLECTION, limit)
        .where(BatchItemDocument.WAITS_FOR, Operator.EQUAL, Fields.of(hash.hex()));
  }

  /** Batches that were due by an instant, the longest overdue first. */
  static Query overdueBatches(Instant now, int limit) {
    return Query.overdue(BatchDocument.COLLECTION, BatchDocument.OVERDUE_AT, now, limit);
  }

  /** Items that were due by an instant, the longest overdue first. */
  static Query overdueItems(Instant now, int limit) {
    return Query.overdue(BatchItemDocument.COLLECTION, BatchItemDocument.OVERDUE_AT, now, limit);
  }
}
