package dev.whatsit.firestore;

import com.google.firestore.v1.StructuredQuery;
import com.google.firestore.v1.StructuredQuery.Direction;
import com.google.firestore.v1.StructuredQuery.FieldFilter.Operator;
import com.google.firestore.v1.Value;
import com.google.protobuf.Int32Value;
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
    return in(BatchItemDocument.COLLECTION, Batch.MOST_ITEMS)
        .setWhere(
            StructuredQuery.Filter.newBuilder()
                .setCompositeFilter(
                    StructuredQuery.CompositeFilter.newBuilder()
                        .setOp(StructuredQuery.CompositeFilter.Operator.AND)
                        .addFilters(
                            filter(
                                RecordQueries.NAME,
                                Operator.GREATER_THAN_OR_EQUAL,
                                reference(first)))
                        .addFilters(
                            filter(
                                RecordQueries.NAME, Operator.LESS_THAN_OR_EQUAL, reference(last)))))
        .addOrderBy(order(RecordQueries.NAME))
        .build();
  }

  /** One open item of a batch. */
  static StructuredQuery open(BatchId batch) {
    return in(BatchItemDocument.COLLECTION, 1)
        .setWhere(filter(BatchItemDocument.OPEN_IN, Operator.EQUAL, Fields.of(batch.text())))
        .setSelect(StructuredQuery.Projection.newBuilder().addFields(path(RecordQueries.NAME)))
        .build();
  }

  /** Items that wait for an image. */
  static StructuredQuery waiting(ImageHash hash, int limit) {
    return in(BatchItemDocument.COLLECTION, limit)
        .setWhere(filter(BatchItemDocument.WAITS_FOR, Operator.EQUAL, Fields.of(hash.hex())))
        .build();
  }

  /** Batches that were due by an instant, the longest overdue first. */
  static StructuredQuery overdueBatches(Instant now, int limit) {
    return in(BatchDocument.COLLECTION, limit)
        .setWhere(filter(BatchDocument.OVERDUE_AT, Operator.LESS_THAN_OR_EQUAL, Fields.of(now)))
        .addOrderBy(order(BatchDocument.OVERDUE_AT))
        .build();
  }

  /** Items that were due by an instant, the longest overdue first. */
  static StructuredQuery overdueItems(Instant now, int limit) {
    return in(BatchItemDocument.COLLECTION, limit)
        .setWhere(filter(BatchItemDocument.OVERDUE_AT, Operator.LESS_THAN_OR_EQUAL, Fields.of(now)))
        .addOrderBy(order(BatchItemDocument.OVERDUE_AT))
        .build();
  }

  private static StructuredQuery.Builder in(String collection, int limit) {
    return StructuredQuery.newBuilder()
        .addFrom(StructuredQuery.CollectionSelector.newBuilder().setCollectionId(collection))
        .setLimit(Int32Value.of(limit));
  }

  private static StructuredQuery.Filter filter(String field, Operator operator, Value value) {
    return StructuredQuery.Filter.newBuilder()
        .setFieldFilter(
            StructuredQuery.FieldFilter.newBuilder()
                .setField(path(field))
                .setOp(operator)
                .setValue(value))
        .build();
  }

  private static StructuredQuery.Order order(String field) {
    return StructuredQuery.Order.newBuilder()
        .setField(path(field))
        .setDirection(Direction.ASCENDING)
        .build();
  }

  private static StructuredQuery.FieldReference path(String field) {
    return StructuredQuery.FieldReference.newBuilder().setFieldPath(field).build();
  }

  private static Value reference(String name) {
    return Value.newBuilder().setReferenceValue(name).build();
  }
}
