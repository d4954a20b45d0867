package dev.whatsit.firestore;

import com.google.firestore.v1.Cursor;
import com.google.firestore.v1.StructuredQuery;
import com.google.firestore.v1.StructuredQuery.Direction;
import com.google.firestore.v1.StructuredQuery.FieldFilter.Operator;
import com.google.firestore.v1.Value;
import com.google.protobuf.Int32Value;
import dev.whatsit.domain.record.Status;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Every query over records. What indexes they need stands in {@code firestore.indexes.json}; the
 * emulator answers without any, so a test compares the two.
 */
final class RecordQueries {
  /** The field path that stands for the document's own name. */
  static final String NAME = "__name__";

  private RecordQueries() {}

  /** Unfinished work that was due by an instant, the longest overdue first. */
  static StructuredQuery overdue(Instant now, int limit) {
    return records(limit)
        .setWhere(filter(RecordDocument.OVERDUE_AT, Operator.LESS_THAN_OR_EQUAL, Fields.of(now)))
        .addOrderBy(order(RecordDocument.OVERDUE_AT, Direction.ASCENDING))
        .build();
  }

  /**
   * Records, newest first, those of the same instant by descending hash.
   *
   * @param after the creation and the document's full name of the last one that was seen, or null
   */
  static StructuredQuery list(@Nullable Status status, @Nullable After after, int limit) {
    StructuredQuery.Builder query =
        records(limit)
            .addOrderBy(order(RecordDocument.CREATED_AT, Direction.DESCENDING))
            .addOrderBy(order(NAME, Direction.DESCENDING));
    if (status != null) {
      query.setWhere(filter(RecordDocument.STATUS, Operator.EQUAL, Fields.of(status.word())));
    }
    if (after != null) {
      query.setStartAt(
          Cursor.newBuilder()
              .addValues(Fields.of(after.createdAt()))
              .addValues(Value.newBuilder().setReferenceValue(after.name())));
    }
    return query.build();
  }

  record After(Instant createdAt, String name) {}

  private static StructuredQuery.Builder records(int limit) {
    return StructuredQuery.newBuilder()
        .addFrom(
            StructuredQuery.CollectionSelector.newBuilder()
                .setCollectionId(RecordDocument.COLLECTION))
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

  private static StructuredQuery.Order order(String field, Direction direction) {
    return StructuredQuery.Order.newBuilder().setField(path(field)).setDirection(direction).build();
  }

  private static StructuredQuery.FieldReference path(String field) {
    return StructuredQuery.FieldReference.newBuilder().setFieldPath(field).build();
  }
}
