package dev.whatsit.embedded;

import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.AdvanceResult;
import dev.whatsit.domain.record.CancelResult;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.CreateResult;
import dev.whatsit.domain.record.FinishResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.RecordPage;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.RetryResult;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.embedded.Database.Layout;
import dev.whatsit.embedded.Database.Outlives;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Records in SQLite, one row each. What is to be written is decided by {@link ImageRecord}, between
 * the read and the write of one transaction. Every write outlives a power failure. Safe for use by
 * several threads and processes.
 */
final class SqliteRecordStore implements RecordStore {
  static final Layout LAYOUT = new Layout("record store", RecordRow.VERSIONS);

  private final Database database;
  private volatile boolean claimed;

  SqliteRecordStore(Database database) {
    this.database = database;
  }

  @Override
  public Optional<ImageRecord> find(ImageHash hash, Instant now) {
    return database.read("find record " + hash, session -> current(session, hash, now));
  }

  @Override
  public CreateResult createIfAbsent(ImageRecord record, Instant now) {
    return write(
        "create record",
        record.hash(),
        session -> {
          int written = session.update(RecordRow.INSERT_UNLESS_THERE, RecordRow.values(record));
          if (written == 1) {
            return new CreateResult.Created(record);
          }
          ImageRecord current = stored(session, record.hash()).orElseThrow();
          if (current.isExpired(now)) {
            return new CreateResult.Created(put(session, record.replacing(current)));
          }
          return record.isFirstOf(current)
              ? new CreateResult.Created(current)
              : new CreateResult.Exists(current);
        });
  }

  @Override
  public ClaimResult claim(Claim claim) {
    claimed = true;
    ImageHash hash = claim.message().image().hash();
    return write(
        "claim record",
        hash,
        session -> {
          ImageRecord.Decision decision =
              ImageRecord.decide(stored(session, hash).orElse(null), claim);
          ImageRecord next = decision.write();
          if (next != null) {
            put(session, next);
          }
          return decision.result();
        });
  }

  @Override
  public FinishResult finish(ImageHash hash, String token, Outcome outcome, Instant now) {
    return write(
        "finish record",
        hash,
        session -> {
          Optional<ImageRecord> current = current(session, hash, now);
          Optional<ImageRecord> next = current.flatMap(r -> r.finished(token, outcome, now));
          if (next.isPresent()) {
            return new FinishResult.Written(put(session, next.get()));
          }
          // Work that was given back with this token is not finished by it.
          return current
              .filter(r -> r.wasEndedWith(token) && r.status().isFinal())
              .<FinishResult>map(FinishResult.Written::new)
              .orElseGet(FinishResult.Superseded::new);
        });
  }

  @Override
  public FinishResult release(ImageHash hash, String token, Instant now) {
    return write(
        "release record",
        hash,
        session -> {
          Optional<ImageRecord> current = current(session, hash, now);
          Optional<ImageRecord> next = current.flatMap(r -> r.released(token, now));
          if (next.isPresent()) {
            return new FinishResult.Written(put(session, next.get()));
          }
          return current
              .filter(r -> r.wasEndedWith(token))
              .<FinishResult>map(FinishResult.Written::new)
              .orElseGet(FinishResult.Superseded::new);
        });
  }

  @Override
  public FinishResult defer(
      ImageHash hash, String token, String reason, Instant until, Instant now) {
    return write(
        "defer record",
        hash,
        session -> {
          Optional<ImageRecord> current = current(session, hash, now);
          Optional<ImageRecord> next = current.flatMap(r -> r.deferred(token, reason, until, now));
          if (next.isPresent()) {
            return new FinishResult.Written(put(session, next.get()));
          }
          return current
              .filter(r -> r.wasDeferredWith(token))
              .<FinishResult>map(FinishResult.Written::new)
              .orElseGet(FinishResult.Superseded::new);
        });
  }

  @Override
  public FinishResult giveUp(ImageHash hash, int run, String token, WorkError error, Instant now) {
    return write(
        "give up record",
        hash,
        session -> {
          Optional<ImageRecord> current = current(session, hash, now);
          Optional<ImageRecord> next = current.flatMap(r -> r.givenUp(run, token, error, now));
          if (next.isPresent()) {
            return new FinishResult.Written(put(session, next.get()));
          }
          return current
              .filter(r -> r.wasEndedWith(token))
              .<FinishResult>map(FinishResult.Written::new)
              .orElseGet(FinishResult.Superseded::new);
        });
  }

  @Override
  public CancelResult cancel(ImageHash hash, String token, Instant now) {
    return write(
        "cancel record",
        hash,
        session -> {
          Optional<ImageRecord> current = current(session, hash, now);
          if (current.isEmpty()) {
            return new CancelResult.Absent();
          }
          Optional<ImageRecord> next = current.get().canceled(token, now);
          if (next.isPresent()) {
            next = Optional.of(put(session, next.get()));
          }
          return CancelResult.of(current.get(), next, token);
        });
  }

  @Override
  public Optional<ImageRecord> watch(ImageHash hash, int run, Instant now) {
    return write(
        "watch record",
        hash,
        session -> {
          Optional<ImageRecord> current = current(session, hash, now);
          Optional<ImageRecord> next = current.flatMap(r -> r.watched(run, now));
          return next.isPresent() ? Optional.of(put(session, next.get())) : current;
        });
  }

  @Override
  public void announced(ImageRecord seen, Instant now) {
    write(
        "note the announcement of record",
        seen.hash(),
        session -> {
          Optional<ImageRecord> next =
              current(session, seen.hash(), now).flatMap(current -> current.announced(seen));
          if (next.isPresent()) {
            put(session, next.get());
          }
          return next;
        });
  }

  @Override
  public AdvanceResult advance(ImageHash hash, String token, Instant dueAt, Instant now) {
    return write(
        "advance record",
        hash,
        session -> {
          Optional<ImageRecord> current = current(session, hash, now);
          if (current.isEmpty()) {
            return new AdvanceResult.Absent();
          }
          Optional<ImageRecord> next = current.get().advanced(token, dueAt, now);
          if (next.isPresent()) {
            put(session, next.get());
          }
          return AdvanceResult.of(current.get(), next, token);
        });
  }

  @Override
  public List<ImageRecord> overdue(Instant now, int limit) {
    return database.read(
        "find overdue records",
        session ->
            session.list(RecordRow.SELECT_OVERDUE, RecordRow::read, Instants.toNanos(now), limit));
  }

  @Override
  public boolean requeued(ImageRecord seen, String messageId, Instant now) {
    return write(
        "requeue record",
        seen.hash(),
        session -> {
          Optional<ImageRecord> next =
              current(session, seen.hash(), now)
                  .filter(current -> current.revision() == seen.revision())
                  .flatMap(current -> current.requeued(messageId, now));
          if (next.isPresent()) {
            put(session, next.get());
          }
          return next.isPresent();
        });
  }

  @Override
  public RecordPage list(
      @Nullable Status status, RecordPage.@Nullable Position after, int limit, Instant now) {
    List<ImageRecord> found =
        database.read(
            "list records",
            session ->
                session.list(
                    RecordRow.list(status),
                    RecordRow::read,
                    after == null ? Long.MAX_VALUE : Instants.toNanos(after.createdAt()),
                    after == null ? "" : after.hash().hex(),
                    Instants.toNanos(now),
                    limit + 1));
    return RecordPage.of(found, limit);
  }

  @Override
  public RetryResult retry(ImageHash hash, Instant now) {
    return write(
        "retry record",
        hash,
        session -> {
          Optional<ImageRecord> current = current(session, hash, now);
          if (current.isEmpty()) {
            return new RetryResult.Absent();
          }
          Optional<ImageRecord> next = current.get().retried(now);
          return next.isPresent()
              ? new RetryResult.Started(put(session, next.get()))
              : RetryResult.refused(current.get());
        });
  }

  @Override
  public void confirmQueued(ImageHash hash, int run, String messageId, Instant now) {
    write(
        "confirm record",
        hash,
        session -> {
          Optional<ImageRecord> next =
              current(session, hash, now).flatMap(r -> r.confirmedQueued(run, messageId, now));
          if (next.isPresent()) {
            put(session, next.get());
          }
          return next;
        });
  }

  @Override
  public void checkReachable() {
    database.checkReachable();
  }

  /** Whether work was claimed through this object: then a lease may belong to a living claimer. */
  boolean hasClaimed() {
    return claimed;
  }

  /**
   * Gives back all work whose claimers are dead: it is queued again, its attempt stays counted.
   *
   * @return how many records
   */
  int releaseAll(Instant now) {
    return database.write(
        "release what was under way",
        Outlives.POWER_FAILURE,
        session -> {
          List<ImageRecord> held = session.list(RecordRow.SELECT_CLAIMED, RecordRow::read);
          int released = 0;
          for (ImageRecord record : held) {
            String token = record.token();
            Optional<ImageRecord> next =
                token == null ? Optional.empty() : record.released(token, now);
            if (next.isPresent()) {
              put(session, next.get());
              released++;
            }
          }
          return released;
        });
  }

  private <T> T write(String action, ImageHash hash, Database.Work<T> work) {
    return database.write(action + " " + hash, Outlives.POWER_FAILURE, work);
  }

  private static Optional<ImageRecord> stored(Session session, ImageHash hash) throws SQLException {
    return session.first(RecordRow.SELECT, RecordRow::read, hash.hex());
  }

  private static Optional<ImageRecord> current(Session session, ImageHash hash, Instant now)
      throws SQLException {
    return stored(session, hash).filter(record -> !record.isExpired(now));
  }

  private static ImageRecord put(Session session, ImageRecord record) throws SQLException {
    session.update(RecordRow.WRITE, RecordRow.values(record));
    return record;
  }
}
