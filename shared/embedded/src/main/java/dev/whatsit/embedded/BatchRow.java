package dev.whatsit.embedded;

import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** A batch as a row of the table {@code batches}. */
final class BatchRow {
  private static final String COLUMNS =
      "id, total, callback_url, created_at, updated_at, completed_at, announce_due, overdue_at,"
          + " expire_at";

  static final String WRITE =
      "INSERT OR REPLACE INTO batches (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
  static final String SELECT = "SELECT " + COLUMNS + " FROM batches WHERE id = ?";
  static final String SELECT_OVERDUE =
      "SELECT " + COLUMNS + " FROM batches WHERE overdue_at <= ? ORDER BY overdue_at LIMIT ?";

  /**
   * The first few that have expired. Each batch that is written takes some of them away with their
   * items, so that none waits long for another's.
   */
  static final String EXPIRED =
      "(SELECT id FROM batches WHERE expire_at <= ? ORDER BY expire_at LIMIT 4)";

  private BatchRow() {}

  static @Nullable Object[] values(Batch batch) {
    return new @Nullable Object[] {
      batch.id().text(),
      batch.total(),
      batch.callbackUrl(),
      Instants.toNanos(batch.createdAt()),
      Instants.toNanos(batch.updatedAt()),
      Instants.toNanosOrNull(batch.completedAt()),
      batch.announceDue() ? 1 : 0,
      Instants.toNanosOrNull(batch.overdueAt()),
      Instants.toNanosOrNull(batch.expireAt())
    };
  }

  static Batch read(ResultSet row) throws SQLException {
    return new Batch(
        new BatchId(row.getString(1)),
        row.getInt(2),
        row.getString(3),
        Instants.ofNanos(row.getLong(4)),
        Instants.ofNanos(row.getLong(5)),
        Instants.ofNanosOrNull(row.getObject(6)),
        row.getInt(7) != 0,
        Instants.ofNanosOrNull(row.getObject(8)),
        Instants.ofNanosOrNull(row.getObject(9)));
  }
}
