package dev.whatsit.embedded;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.reflect.TypeToken;
import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackAttempt;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.CallbackStatus;
import dev.whatsit.domain.callback.Redelivered;
import dev.whatsit.domain.callback.Subject;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A callback as a row of the table {@code callbacks}. */
final class CallbackRow {
  static final List<List<String>> VERSIONS =
      List.of(
          List.of(
              """
          CREATE TABLE callbacks (
            id TEXT NOT NULL PRIMARY KEY,
            subject TEXT NOT NULL,
            run INTEGER NOT NULL,
            kind TEXT NOT NULL,
            target TEXT NOT NULL,
            message_id TEXT NOT NULL,
            status TEXT NOT NULL,
            payload TEXT,
            tries INTEGER NOT NULL,
            attempts TEXT NOT NULL,
            since INTEGER,
            due_at INTEGER,
            check_at INTEGER,
            token TEXT,
            lease_until INTEGER,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            revision INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID
          """,
              "CREATE INDEX callbacks_subject ON callbacks (subject, run, kind)",
              "CREATE INDEX callbacks_waiting ON callbacks (subject, run)"
                  + " WHERE status = 'waiting'",
              "CREATE INDEX callbacks_check ON callbacks (check_at) WHERE check_at IS NOT NULL"),
          List.of(
              "ALTER TABLE callbacks ADD COLUMN expire_at INTEGER",
              "CREATE INDEX callbacks_expire ON callbacks (expire_at)"
                  + " WHERE expire_at IS NOT NULL"),
          List.of("ALTER TABLE callbacks ADD COLUMN redelivery TEXT"));

  private static final String COLUMNS =
      "id, subject, run, kind, target, message_id, status, payload, tries, attempts, since, due_at,"
          + " check_at, token, lease_until, created_at, updated_at, expire_at, revision,"
          + " redelivery";

  static final String WRITE =
      "INSERT INTO callbacks ("
          + COLUMNS
          + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
          + " ON CONFLICT (id) DO UPDATE SET "
          + Stream.of(COLUMNS.split(", "))
              .filter(column -> !column.equals("id"))
              .map(column -> column + " = excluded." + column)
              .collect(Collectors.joining(", "));

  static final String SELECT = "SELECT " + COLUMNS + " FROM callbacks WHERE id = ?";
  static final String COUNT =
      "SELECT count(*) FROM callbacks WHERE subject = ? AND run = ? AND kind = ?";
  static final String LIST =
      "SELECT "
          + COLUMNS
          + " FROM callbacks WHERE subject = ? AND kind = ?"
          + " AND (run = ? OR (status = 'waiting' AND run < ?))"
          + " AND (expire_at IS NULL OR expire_at > ?)";
  static final String DELETE_EXPIRED = "DELETE FROM callbacks WHERE expire_at <= ?";
  static final String DELETE = "DELETE FROM callbacks WHERE id = ?";
  static final String SELECT_WAITING =
      "SELECT "
          + COLUMNS
          + " FROM callbacks WHERE status = 'waiting' AND subject = ? AND run <= ? LIMIT ?";
  static final String SELECT_OVERDUE =
      "SELECT " + COLUMNS + " FROM callbacks WHERE check_at <= ? ORDER BY check_at LIMIT ?";
  static final String SELECT_HELD =
      "SELECT "
          + COLUMNS
          + " FROM callbacks WHERE check_at IS NOT NULL AND lease_until IS NOT NULL";

  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();
  private static final TypeToken<List<Attempt>> ATTEMPTS = new TypeToken<>() {};

  private CallbackRow() {}

  /** An attempt as it is kept: instants are RFC 3339. */
  private record Attempt(
      String at, @Nullable Integer httpStatus, @Nullable String code, long millis) {}

  static @Nullable Object[] values(Callback callback) {
    List<Attempt> attempts =
        callback.attempts().stream()
            .map(a -> new Attempt(a.at().toString(), a.httpStatus(), a.code(), a.millis()))
            .toList();
    Redelivered redelivery = callback.redelivery();
    return new @Nullable Object[] {
      callback.id().text(),
      callback.subject().id(),
      callback.subject().run(),
      callback.kind().word(),
      callback.target(),
      callback.messageId(),
      callback.status().word(),
      callback.payload(),
      callback.tries(),
      GSON.toJson(attempts),
      Instants.toNanosOrNull(callback.since()),
      Instants.toNanosOrNull(callback.dueAt()),
      Instants.toNanosOrNull(callback.checkAt()),
      callback.token(),
      Instants.toNanosOrNull(callback.leaseUntil()),
      Instants.toNanos(callback.createdAt()),
      Instants.toNanos(callback.updatedAt()),
      Instants.toNanosOrNull(callback.expireAt()),
      callback.revision(),
      redelivery == null ? null : redelivery.word()
    };
  }

  static Callback read(ResultSet row) throws SQLException {
    String id = row.getString(1);
    List<Attempt> attempts = GSON.fromJson(row.getString(10), ATTEMPTS);
    String redelivery = row.getString(20);
    CallbackStatus status =
        CallbackStatus.ofWord(row.getString(7))
            .orElseThrow(() -> new SQLException("unknown status in the callback " + id));
    return new Callback(
        new Subject(row.getString(2), row.getInt(3)),
        CallbackKind.ofWord(row.getString(4))
            .orElseThrow(() -> new SQLException("unknown kind in the callback " + id)),
        row.getString(5),
        row.getString(6),
        status,
        row.getString(8),
        row.getInt(9),
        attempts.stream()
            .map(
                a ->
                    new CallbackAttempt(
                        Instant.parse(a.at()), a.httpStatus(), a.code(), a.millis()))
            .toList(),
        Instants.ofNanosOrNull(row.getObject(11)),
        Instants.ofNanosOrNull(row.getObject(12)),
        Instants.ofNanosOrNull(row.getObject(13)),
        row.getString(14),
        Instants.ofNanosOrNull(row.getObject(15)),
        redelivery == null
            ? null
            : Redelivered.kept(
                Redelivered.ofWord(redelivery)
                    .orElseThrow(
                        () -> new SQLException("unknown redelivery in the callback " + id)),
                status),
        Instants.ofNanos(row.getLong(16)),
        Instants.ofNanos(row.getLong(17)),
        Instants.ofNanosOrNull(row.getObject(18)),
        row.getLong(19));
  }
}
