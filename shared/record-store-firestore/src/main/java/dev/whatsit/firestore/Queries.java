package dev.whatsit.firestore;

import com.google.firestore.v1.StructuredQuery;
import com.google.firestore.v1.StructuredQuery.Direction;
import com.google.firestore.v1.StructuredQuery.FieldFilter.Operator;
import com.google.firestore.v1.Value;
import com.google.protobuf.Int32Value;
import java.time.Instant;

/** The parts that every query is made of, and the one query that every collection has. */
final class Queries {
  /** The field path that stands for the document's own name. */
  static final String NAME = "__name__";

  private Queries() {}

  /** What was due by an instant, the longest overdue first. */
  static StructuredQuery overdue(String collection, String field, Instant now, int limit) {
    return in(collection, limit)
        .setWhere(filter(field, Operator.LESS_THAN_OR_EQUAL, Fields.of(now)))
        .addOrderBy(order(field, Direction.ASCENDING))
        .build();
  }

  static StructuredQuery.Builder in(String collection, int limit) {
    return StructuredQuery.newBuilder()
        .addFrom(StructuredQuery.CollectionSelector.newBuilder().setCollectionId(collection))
        .setLimit(Int32Value.of(limit));
  }

  static StructuredQuery.Filter filter(String field, Operator operator, Value value) {
    return StructuredQuery.Filter.newBuilder()
        .setFieldFilter(
            StructuredQuery.FieldFilter.newBuilder()
                .setField(path(field))
                .setOp(operator)
                .setValue(value))
        .build();
  }

  static StructuredQuery.Order order(String field, Direction direction) {
    return StructuredQuery.Order.newBuilder().setField(path(field)).setDirection(direction).build();
  }

  static StructuredQuery.FieldReference path(String field) {
    return StructuredQuery.FieldReference.newBuilder().setFieldPath(field).build();
  }

  /** A document's full name as what is compared with {@link #NAME}. */
  static Value reference(String name) {
    return Value.newBuilder().setReferenceValue(name).build();
  }
}
