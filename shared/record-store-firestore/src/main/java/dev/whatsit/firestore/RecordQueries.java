package dev.whatsit.firestore;

import com.google.firestore.v1.Cursor;
import com.google.firestore.v1.StructuredQuery;
import com.google.firestore.v1.StructuredQuery.Direction;
import com.google.firestore.v1.StructuredQuery.FieldFilter.Operator;
import dev.whatsit.domain.record.Status;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Every query over records. What indexes they need stands in {@code firestore.indexes.json}; the
 * emulator answers without any, so a test compares the two.
 */
final class RecordQueries {
  private RecordQueries() {}

  /** Unfinished work that was due by an instant, the longest overdue first. */
  static StructuredQuery overdue(Instant now, int limit) {
    return Queries.overdue(RecordDocument.COLLECTION, RecordDocument.OVERDUE_AT, now, limit);
  }

  /**
   * Records, newest first, those of the same instant by descending hash.
   *
   * @param after the creation and the document's full name of the last one that was seen, or null
   */
  static StructuredQuery list(@Nullable Status status, @Nullable After after, int limit) {
    StructuredQuery.Builder query =
        Queries.in(RecordDocument.COLLECTION, limit)
            .addOrderBy(Queries.order(RecordDocument.CREATED_AT, Direction.DESCENDING))
            .addOrderBy(Queries.order(Queries.NAME, Direction.DESCENDING));
    if (status != null) {
      query.setWhere(
          Queries.filter(RecordDocument.STATUS, Operator.EQUAL, Fields.of(status.word())));
    }
    if (after != null) {
      query.setStartAt(
          Cursor.newBuilder()
              .addValues(Fields.of(after.createdAt()))
              .addValues(Queries.reference(after.name())));
    }
    return query.build();
  }

  record After(Instant createdAt, String name) {}
}
