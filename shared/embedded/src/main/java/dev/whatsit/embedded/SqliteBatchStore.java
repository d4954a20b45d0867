package dev.whatsit.embedded;

import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.batch.Changed;
import dev.whatsit.domain.batch.CreateBatchResult;
import dev.whatsit.domain.batch.IdempotencyKey;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.embedded.Database.Layout;
import dev.whatsit.embedded.Database.Outlives;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Batches in a SQLite file of their own, so that their writes and those of the records do not wait
 * for each other. Every write outlives a power failure. Safe for use by several threads and
 * processes.
 */
final class SqliteBatchStore implements BatchStore {
  /** The three partial indexes hold open items only. */
  static final Layout LAYOUT =
      new Layout(
          "batch store",
          List.of(
              List.of(
                  """
              CREATE TABLE batches (
                id TEXT NOT NULL PRIMARY KEY,
                total INTEGER NOT NULL,
                callback_url TEXT,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                completed_at INTEGER,
                announce_due INTEGER NOT NULL,
                overdue_at INTEGER
              ) STRICT, WITHOUT ROWID
              """,
                  "CREATE INDEX batches_overdue ON batches (overdue_at)"
                      + " WHERE overdue_at IS NOT NULL",
                  """
              CREATE TABLE batch_items (
                batch TEXT NOT NULL,
                place INTEGER NOT NULL,
                name TEXT NOT NULL,
                source_url TEXT,
                image_hash TEXT,
                run INTEGER NOT NULL,
                status TEXT NOT NULL,
                fetches INTEGER NOT NULL,
                annotations TEXT,
                error TEXT,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                overdue_at INTEGER,
                PRIMARY KEY (batch, place)
              ) STRICT, WITHOUT ROWID
              """,
                  "CREATE INDEX batch_items_open ON batch_items (batch)"
                      + " WHERE overdue_at IS NOT NULL",
                  "CREATE INDEX batch_items_overdue ON batch_items (overdue_at)"
                      + " WHERE overdue_at IS NOT NULL",
                  "CREATE INDEX batch_items_waiting ON batch_items (image_hash)"
                      + " WHERE status = 'waiting'",
                  """
              CREATE TABLE batch_keys (
                key_digest TEXT NOT NULL PRIMARY KEY,
                body_digest TEXT NOT NULL,
                batch TEXT NOT NULL,
                expire_at INTEGER NOT NULL
              ) STRICT, WITHOUT ROWID
              """,
                  "CREATE INDEX batch_keys_expired ON batch_keys (expire_at)"),
              List.of(
                  "ALTER TABLE batches ADD COLUMN expire_at INTEGER",
                  "CREATE INDEX batches_expired ON batches (expire_at)"
                      + " WHERE expire_at IS NOT NULL")));

  private final Database database;

  SqliteBatchStore(Database database) {
    this.database = database;
  }

  @Override
  public CreateBatchResult create(
      Batch batch, List<BatchItem> items, @Nullable IdempotencyKey key, Instant now) {
    return database.write(
        "create batch " + batch.id(),
        Outlives.POWER_FAILURE,
        session -> {
          if (stored(session, batch.id()).isPresent()) {
            // The answer to an earlier call was lost.
            return new CreateBatchResult.Created();
          }
          if (key != null) {
            session.update("DELETE FROM batch_keys WHERE expire_at <= ?", Instants.toNanos(now));
            Optional<CreateBatchResult> before = before(session, key);
            if (before.isPresent()) {
              return before.get();
            }
            session.update(
                "INSERT INTO batch_keys (key_digest, body_digest, batch, expire_at)"
                    + " VALUES (?, ?, ?, ?)",
                key.keyDigest(),
                key.bodyDigest(),
                batch.id().text(),
                Instants.toNanos(now.plus(IdempotencyKey.LIFETIME)));
          }
          long at = Instants.toNanos(now);
          session.update("DELETE FROM batch_items WHERE batch IN " + BatchRow.EXPIRED, at);
          session.update("DELETE FROM batches WHERE id IN " + BatchRow.EXPIRED, at);
          session.update(BatchRow.WRITE, BatchRow.values(batch));
          for (BatchItem item : items) {
            session.update(BatchItemRow.WRITE, BatchItemRow.values(item));
          }
          return new CreateBatchResult.Created();
        });
  }

  private static Optional<CreateBatchResult> before(Session session, IdempotencyKey key)
      throws SQLException {
    return session.first(
        "SELECT body_digest, batch FROM batch_keys WHERE key_digest = ?",
        row ->
            row.getString(1).equals(key.bodyDigest())
                ? new CreateBatchResult.Repeated(new BatchId(row.getString(2)))
                : new CreateBatchResult.KeyTaken(),
        key.keyDigest());
  }

  @Override
  public Optional<Batch> find(BatchId id) {
    return database.read("find batch " + id, session -> stored(session, id));
  }

  @Override
  public List<BatchItem> items(BatchId id) {
    return database.read(
        "read items of batch " + id,
        session -> session.list(BatchItemRow.SELECT_ALL, BatchItemRow::read, id.text()));
  }

  @Override
  public Optional<BatchItem> item(ItemKey key) {
    return database.read("find item " + key, session -> stored(session, key));
  }

  @Override
  public boolean hasOpenItems(BatchId id) {
    return database.read(
        "look for open items of batch " + id,
        session -> session.number(BatchItemRow.EXISTS_OPEN, id.text()) != 0);
  }

  @Override
  public List<BatchItem> waitingFor(ImageHash hash, int limit) {
    return database.read(
        "find items that wait for " + hash,
        session ->
            session.list(BatchItemRow.SELECT_WAITING, BatchItemRow::read, hash.hex(), limit));
  }

  @Override
  public Optional<Changed<Batch>> change(BatchId id, Function<Batch, Optional<Batch>> step) {
    return database.write(
        "change batch " + id,
        Outlives.POWER_FAILURE,
        session -> {
          Optional<Batch> current = stored(session, id);
          Optional<Batch> next = current.flatMap(step);
          if (next.isPresent()) {
            session.update(BatchRow.WRITE, BatchRow.values(next.get()));
          }
          return changed(current, next);
        });
  }

  @Override
  public Optional<Changed<BatchItem>> change(
      ItemKey key, Function<BatchItem, Optional<BatchItem>> step) {
    return database.write(
        "change item " + key,
        Outlives.POWER_FAILURE,
        session -> {
          Optional<BatchItem> current = stored(session, key);
          Optional<BatchItem> next = current.flatMap(step);
          if (next.isPresent()) {
            session.update(BatchItemRow.WRITE, BatchItemRow.values(next.get()));
          }
          return changed(current, next);
        });
  }

  private static <T> Optional<Changed<T>> changed(Optional<T> current, Optional<T> next) {
    return next.isPresent()
        ? next.map(written -> new Changed<>(written, true))
        : current.map(standing -> new Changed<>(standing, false));
  }

  @Override
  public List<Batch> overdueBatches(Instant now, int limit) {
    return database.read(
        "find overdue batches",
        session ->
            session.list(BatchRow.SELECT_OVERDUE, BatchRow::read, Instants.toNanos(now), limit));
  }

  @Override
  public List<BatchItem> overdueItems(Instant now, int limit) {
    return database.read(
        "find overdue items",
        session ->
            session.list(
                BatchItemRow.SELECT_OVERDUE, BatchItemRow::read, Instants.toNanos(now), limit));
  }

  @Override
  public void checkReachable() {
    database.checkReachable();
  }

  private static Optional<Batch> stored(Session session, BatchId id) throws SQLException {
    return session.first(BatchRow.SELECT, BatchRow::read, id.text());
  }

  private static Optional<BatchItem> stored(Session session, ItemKey key) throws SQLException {
    return session.first(BatchItemRow.SELECT, BatchItemRow::read, key.batch().text(), key.index());
  }
}
