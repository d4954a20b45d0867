package dev.whatsit.firestore;

import com.google.firestore.v1.StructuredQuery;
import com.google.firestore.v1.StructuredQuery.Direction;
import com.google.firestore.v1.StructuredQuery.FieldFilter.Operator;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.image.ImageHash;
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
  static StructuredQuery items(String first, String last) {
    return Queries.in(BatchItemDocument.COLLECTION, Batch.MOST_ITEMS)
        .setWhere(
            StructuredQuery.Filter.newBuilder()
                .setCompositeFilter(
                    StructuredQuery.CompositeFilter.newBuilder()
                        .setOp(StructuredQuery.CompositeFilter.Operator.AND)
                        .addFilters(
                            Queries.filter(
                                Queries.NAME,
                                Operator.GREATER_THAN_OR_EQUAL,
                                Queries.reference(first)))
                        .addFilters(
                            Queries.filter(
                                Queries.NAME,
                                Operator.LESS_THAN_OR_EQUAL,
                                Queries.reference(last)))))
        .addOrderBy(Queries.order(Queries.NAME, Direction.ASCENDING))
        .build();
  }

  /** One open item of a batch. */
  static StructuredQuery open(BatchId batch) {
    return Queries.in(BatchItemDocument.COLLECTION, 1)
        .setWhere(
            Queries.filter(BatchItemDocument.OPEN_IN, Operator.EQUAL, Fields.of(batch.text())))
        .setSelect(StructuredQuery.Projection.newBuilder().addFields(Queries.path(Queries.NAME)))
        .build();
  }

  /** Items that wait for an image. */
  static StructuredQuery waiting(ImageHash hash, int limit) {
    return Queries.in(BatchItemDocument.COLLECTION, limit)
        .setWhere(
            Queries.filter(BatchItemDocument.WAITS_FOR, Operator.EQUAL, Fields.of(hash.hex())))
        .build();
  }

  /** Batches that were due by an instant, the longest overdue first. */
  static StructuredQuery overdueBatches(Instant now, int limit) {
    return Queries.overdue(BatchDocument.COLLECTION, BatchDocument.OVERDUE_AT, now, limit);
  }

  /** Items that were due by an instant, the longest overdue first. */
  static StructuredQuery overdueItems(Instant now, int limit) {
    return Queries.overdue(BatchItemDocument.COLLECTION, BatchItemDocument.OVERDUE_AT, now, limit);
  }
}
