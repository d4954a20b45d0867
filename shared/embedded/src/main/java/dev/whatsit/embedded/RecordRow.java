package dev.whatsit.embedded;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.WorkError;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A record as a row of the table {@code records}. */
final class RecordRow {
  /** One B-tree by hash, so that most writes touch one page; the index holds claimed work only. */
  static final List<String> TABLES =
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
          "CREATE INDEX records_claimed ON records (lease_until) WHERE lease_until IS NOT NULL");

  private static final String COLUMNS =
      "hash, content_type, size_bytes, width, height, run, status, attempts, message_id, token,"
          + " lease_until, cancel_requested, due_at, classification, error, created_at,"
          + " updated_at, expire_at, revision";
  private static final String INTO =
      " INTO records ("
          + COLUMNS
          + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

  static final String INSERT_UNLESS_THERE = "INSERT" + INTO + " ON CONFLICT (hash) DO NOTHING";
  static final String WRITE = "INSERT OR REPLACE" + INTO;
  static final String SELECT = "SELECT " + COLUMNS + " FROM records WHERE hash = ?";
  static final String SELECT_CLAIMED =
      "SELECT " + COLUMNS + " FROM records WHERE lease_until IS NOT NULL";

  /** Members that this version does not know are passed over. */
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private RecordRow() {}

  static @Nullable Object[] values(ImageRecord record) {
    ImageDescription image = record.image();
    Classification classification = record.classification();
    WorkError error = record.error();
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
      record.revision()
    };
  }

  static ImageRecord read(ResultSet row) throws SQLException {
    String hash = row.getString(1);
    String classification = row.getString(14);
    String error = row.getString(15);
    return new ImageRecord(
        new ImageDescription(
            new ImageHash(hash),
            ImageFormat.ofMediaType(row.getString(2))
                .orElseThrow(() -> new SQLException("unknown format in the record of " + hash)),
            row.getLong(3),
            row.getInt(4),
            row.getInt(5)),
        row.getInt(6),
        Status.ofWord(row.getString(7))
            .orElseThrow(() -> new SQLException("unknown status in the record of " + hash)),
        row.getInt(8),
        row.getString(9),
        row.getString(10),
        Instants.ofNanosOrNull(row.getObject(11)),
        row.getInt(12) != 0,
        Instants.ofNanosOrNull(row.getObject(13)),
        classification == null ? null : GSON.fromJson(classification, Classification.class),
        error == null ? null : GSON.fromJson(error, WorkError.class),
        Instants.ofNanos(row.getLong(16)),
        Instants.ofNanos(row.getLong(17)),
        Instants.ofNanosOrNull(row.getObject(18)),
        row.getLong(19));
  }
}
