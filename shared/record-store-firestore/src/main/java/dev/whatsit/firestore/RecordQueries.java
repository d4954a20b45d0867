package dev.whatsit.firestore;

import dev.whatsit.domain.record.Status;
import dev.whatsit.firestore.Query.Direction;
import dev.whatsit.firestore.Query.Operator;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every query over records. What indexes they need stands in {@code firestore.indexes.json}; the
 * emulator answers without any, so a test compares the two.
 */
final class RecordQueries {
  private RecordQueries() {}

  /** Unfinished work that was due by an instant, the longest overdue first. */
  static Query overdue(Instant now, int limit) {
    return Query.overdue(RecordDocument.COLLECTION, RecordDocument.OVERDUE_AT, now, limit);
  }

  /**
   * Records, newest first, those of the same instant by descending hash.
   *
   * @param after the creation and the document's full name of the last one that was seen, or null
   */
  static Query list(@Nullable Status status, @Nullable After after, int limit) {
    Query query =
        Query.in(RecordDocument.COLLECTION, limit)
            .orderBy(RecordDocument.CREATED_AT, Direction.DESCENDING)
            .orderBy(Query.NAME, Direction.DESCENDING);
    if (status != null) {
      query.where(RecordDocument.STATUS, Operator.EQUAL, Fields.of(status.word()));
    }
    if (after != null) {
      query.startAfter(
          List.of(Fields.of(after.createdAt()), Value.of(Value.REFERENCE, after.name())));
    }
    return query;
  }

  record After(Instant createdAt, String name) {}
}
