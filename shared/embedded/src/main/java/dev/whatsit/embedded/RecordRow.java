package dev.whatsit.embedded;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.Deferral;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.Watch;
import dev.whatsit.domain.record.WorkError;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A record as a row of the table {@code records}. */
final class RecordRow {
  /**
   * One B-tree by hash, so that most writes touch few pages. {@code records_overdue} holds
   * unfinished work and unannounced ends only, {@code records_failed} what ended otherwise than
   * well.
   */
  static final List<List<String>> VERSIONS =
      List.of(
          List.of(
              """
          CREATE TABLE records (
            hash TEXT NOT NULL PRIMARY KEY,
            content_type TEXT NOT NULL,
            size_bytes INTEGER NOT NULL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            run INTEGER NOT NULL,
            status TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            message_id TEXT,
            token TEXT,
            lease_until INTEGER,
            cancel_requested INTEGER NOT NULL,
            due_at INTEGER,
            classification TEXT,
            error TEXT,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            expire_at INTEGER,
            revision INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID
          """,
              "CREATE INDEX records_claimed ON records (lease_until) WHERE lease_until IS NOT NULL"),
          List.of(
              "ALTER TABLE records ADD COLUMN deferral_reason TEXT",
              "ALTER TABLE records ADD COLUMN deferred_since INTEGER",
              "ALTER TABLE records ADD COLUMN overdue_at INTEGER",
              // What an earlier version left unfinished is looked at once, by the next sweep.
              "UPDATE records SET overdue_at = updated_at"
                  + " WHERE status NOT IN ('success', 'error', 'canceled')",
              "DROP INDEX records_claimed",
              "CREATE INDEX records_overdue ON records (overdue_at) WHERE overdue_at IS NOT NULL",
              "CREATE INDEX records_newest ON records (created_at, hash)",
              "CREATE INDEX records_failed ON records (status, created_at, hash)"
                  + " WHERE status IN ('error', 'canceled')",
              """
              CREATE TABLE spending (
                account TEXT NOT NULL PRIMARY KEY,
                units INTEGER NOT NULL
              ) STRICT, WITHOUT ROWID
              """),
          List.of("ALTER TABLE records ADD COLUMN history TEXT"),
          SqliteThumbnailRecords.VERSION,
          List.of(
              "ALTER TABLE records ADD COLUMN watched INTEGER NOT NULL DEFAULT 0",
              "ALTER TABLE records ADD COLUMN announce_due INTEGER"));

  static final String COLUMNS =
      "hash, content_type, size_bytes, width, height, run, status, attempts, message_id, token,"
          + " lease_until, cancel_requested, due_at, classification, error, created_at,"
          + " updated_at, expire_at, revision, deferral_reason, deferred_since, overdue_at,"
          + " history, watched, announce_due";
  private static final String INTO =
      " INTO records ("
          + COLUMNS
          + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

  static final String INSERT_UNLESS_THERE = "INSERT" + INTO + " ON CONFLICT (hash) DO NOTHING";

  /** Unlike a replacement this touches only those indexes whose columns change. */
  static final String WRITE =
      "INSERT"
          + INTO
          + " ON CONFLICT (hash) DO UPDATE SET "
          + Stream.of(COLUMNS.split(", "))
              .filter(column -> !column.equals("hash"))
              .map(column -> column + " = excluded." + column)
              .collect(Collectors.joining(", "))
          + SqliteThumbnailRecords.KEPT_BY_A_WRITE;

  static final String SELECT = "SELECT " + COLUMNS + " FROM records WHERE hash = ?";
  static final String SELECT_CLAIMED =
      "SELECT "
          + COLUMNS
          + " FROM records WHERE overdue_at IS NOT NULL AND lease_until IS NOT NULL";
  static final String SELECT_OVERDUE =
      "SELECT " + COLUMNS + " FROM records WHERE overdue_at <= ? ORDER BY overdue_at LIMIT ?";

  /**
   * A part of the listing, by the index that fits: unfinished work is little, failures are few, and
   * most of the rest is successes.
   */
  static String list(@Nullable Status status) {
    String rows = "SELECT " + COLUMNS + " FROM records WHERE (created_at, hash) < (?, ?)";
    String some = status == null ? "" : " AND status = '" + status.word() + "'";
    String unfinished = status == null || status.isFinal() ? "" : " AND overdue_at IS NOT NULL";
    return rows
        + " AND (expire_at IS NULL OR expire_at > ?)"
        + some
        + unfinished
        + " ORDER BY created_at DESC, hash DESC LIMIT ?";
  }

  /** Members that this version does not know are passed over. */
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private RecordRow() {}

  static @Nullable Object[] values(ImageRecord record) {
    ImageDescription image = record.image();
    Classification classification = record.classification();
    WorkError error = record.error();
    Deferral deferral = record.deferral();
    return new @Nullable Object[] {
      image.hash().hex(),
      image.format().mediaType(),
      image.sizeBytes(),
      image.width(),
      image.height(),
      record.run(),
      record.status().word(),
      record.attempts(),
      record.messageId(),
      record.token(),
      Instants.toNanosOrNull(record.leaseUntil()),
      record.cancelRequested() ? 1 : 0,
      Instants.toNanosOrNull(record.dueAt()),
      classification == null ? null : GSON.toJson(classification),
      error == null ? null : GSON.toJson(error),
      Instants.toNanos(record.createdAt()),
      Instants.toNanos(record.updatedAt()),
      Instants.toNanosOrNull(record.expireAt()),
      record.revision(),
      deferral == null ? null : deferral.reason(),
      deferral == null ? null : Instants.toNanos(deferral.since()),
      Instants.toNanosOrNull(record.overdueAt().orElse(null)),
      record.history().isEmpty() ? null : AttemptsJson.write(record.history()),
      record.watch() == null ? 0 : 1,
      Instants.toNanosOrNull(record.announceDue().orElse(null))
    };
  }

  static ImageRecord read(ResultSet row) throws SQLException {
    String hash = row.getString(1);
    String classification = row.getString(14);
    String error = row.getString(15);
    String deferralReason = row.getString(20);
    Status status =
        Status.ofWord(row.getString(7))
            .orElseThrow(() -> new SQLException("unknown status in the record of " + hash));
    Instant updatedAt = Instants.ofNanos(row.getLong(17));
    return ImageRecord.builder(
            new ImageDescription(
                new ImageHash(hash),
                ImageFormat.ofMediaType(row.getString(2))
                    .orElseThrow(() -> new SQLException("unknown format in the record of " + hash)),
                row.getLong(3),
                row.getInt(4),
                row.getInt(5)),
            Instants.ofNanos(row.getLong(16)))
        .run(row.getInt(6))
        .status(status)
        .attempts(row.getInt(8))
        .messageId(row.getString(9))
        .token(row.getString(10))
        .leaseUntil(Instants.ofNanosOrNull(row.getObject(11)))
        .cancelRequested(row.getInt(12) != 0)
        .dueAt(Instants.ofNanosOrNull(row.getObject(13)))
        .deferral(
            deferralReason == null
                ? null
                : new Deferral(deferralReason, Instants.ofNanos(row.getLong(21))))
        .classification(
            classification == null ? null : GSON.fromJson(classification, Classification.class))
        .error(error == null ? null : GSON.fromJson(error, WorkError.class))
        .updatedAt(updatedAt)
        .expireAt(Instants.ofNanosOrNull(row.getObject(18)))
        .revision(row.getLong(19))
        .history(AttemptsJson.read(row.getString(23)))
        .watch(
            Watch.kept(
                row.getInt(24) != 0, Instants.ofNanosOrNull(row.getObject(25)), status, updatedAt))
        .build();
  }
}
