package dev.whatsit.embedded;

import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackClaim;
import dev.whatsit.domain.callback.CallbackClaimResult;
import dev.whatsit.domain.callback.CallbackId;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.RegisterResult;
import dev.whatsit.domain.callback.Settlement;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.embedded.Database.Layout;
import dev.whatsit.embedded.Database.Outlives;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Callbacks in SQLite, one row each. What is to be written is decided by {@link Callback}, between
 * the read and the write of one transaction. Every write outlives a power failure. Safe for use by
 * several threads and processes.
 */
final class SqliteCallbackStore implements CallbackStore {
  static final Layout LAYOUT = new Layout("callback store", CallbackRow.VERSIONS);

  private final Database database;
  private volatile boolean claimed;

  SqliteCallbackStore(Database database) {
    this.database = database;
  }

  @Override
  public RegisterResult register(Callback fresh, int most, Instant now) {
    return write(
        "register callback",
        fresh.id(),
        session -> {
          session.update(CallbackRow.DELETE_EXPIRED, Instants.toNanos(now));
          Optional<Callback> stored = stored(session, fresh.id(), now);
          if (stored.isPresent()) {
            return stored.get().messageId().equals(fresh.messageId())
                ? new RegisterResult.Registered(stored.get())
                : new RegisterResult.Exists(stored.get());
          }
          Subject subject = fresh.subject();
          long there =
              session.number(CallbackRow.COUNT, subject.id(), subject.run(), fresh.kind().word());
          return there >= most
              ? new RegisterResult.TooMany()
              : new RegisterResult.Registered(put(session, fresh));
        });
  }

  @Override
  public List<Callback> waiting(Subject subject, int limit) {
    return database.read(
        "find who waits for " + subject.key(),
        session ->
            session.list(
                CallbackRow.SELECT_WAITING, CallbackRow::read, subject.id(), subject.run(), limit));
  }

  @Override
  public void carry(CallbackId id, Subject later, Instant now) {
    write(
        "carry callback",
        id,
        session -> {
          Optional<Callback> carried =
              stored(session, id, now).flatMap(c -> c.carriedTo(later, now));
          if (carried.isPresent()) {
            if (stored(session, carried.get().id(), now).isEmpty()) {
              put(session, carried.get());
            }
            session.update(CallbackRow.DELETE, id.text());
          }
          return carried;
        });
  }

  @Override
  public Optional<Callback> announce(CallbackId id, String payload, Instant now) {
    return write(
        "announce callback",
        id,
        session -> {
          Optional<Callback> current = stored(session, id, now);
          Optional<Callback> next = current.flatMap(c -> c.announced(payload, now));
          return next.isPresent() ? Optional.of(put(session, next.get())) : current;
        });
  }

  @Override
  public CallbackClaimResult claim(CallbackClaim claim) {
    claimed = true;
    return write(
        "claim callback",
        claim.id(),
        session -> {
          Callback.Decision decision =
              Callback.decide(stored(session, claim.id(), claim.now()).orElse(null), claim);
          Callback next = decision.write();
          if (next != null) {
            put(session, next);
          }
          return decision.result();
        });
  }

  @Override
  public Optional<Callback> settle(
      CallbackId id, String token, Settlement settlement, Instant now) {
    return write(
        "settle callback",
        id,
        session -> {
          Optional<Callback> current = stored(session, id, now);
          Optional<Callback> next = current.flatMap(c -> c.settled(token, settlement, now));
          return next.isPresent()
              ? Optional.of(put(session, next.get()))
              : current.filter(c -> c.wasSettledWith(token));
        });
  }

  @Override
  public Optional<Callback> redeliver(CallbackId id, Instant now) {
    return write(
        "redeliver callback",
        id,
        session -> {
          Optional<Callback> current = stored(session, id, now);
          Optional<Callback> next = current.flatMap(c -> c.redelivered(now));
          return next.isPresent() ? Optional.of(put(session, next.get())) : current;
        });
  }

  @Override
  public List<Callback> list(Subject subject, CallbackKind kind, int limit, Instant now) {
    return database.read(
        "list callbacks of " + subject.key(),
        session ->
            Callback.ofOneRun(
                session.list(
                    CallbackRow.LIST,
                    CallbackRow::read,
                    subject.id(),
                    kind.word(),
                    subject.run(),
                    subject.run(),
                    Instants.toNanos(now)),
                limit));
  }

  @Override
  public List<Callback> overdue(Instant now, int limit) {
    return database.read(
        "find overdue callbacks",
        session ->
            session.list(
                CallbackRow.SELECT_OVERDUE, CallbackRow::read, Instants.toNanos(now), limit));
  }

  @Override
  public boolean sentAgain(Callback seen, Instant now) {
    return write(
        "note that was sent again callback",
        seen.id(),
        session -> {
          Optional<Callback> next =
              stored(session, seen.id(), now)
                  .filter(current -> current.revision() == seen.revision())
                  .flatMap(current -> current.sentAgain(now));
          if (next.isPresent()) {
            put(session, next.get());
          }
          return next.isPresent();
        });
  }

  @Override
  public void checkReachable() {
    database.checkReachable();
  }

  /** Whether callbacks were claimed through this object: then a lease may be a living one's. */
  boolean hasClaimed() {
    return claimed;
  }

  /**
   * Ends the claims of the dead: what they held is due at once.
   *
   * @return how many callbacks
   */
  int releaseAll(Instant now) {
    return database.write(
        "release held callbacks",
        Outlives.POWER_FAILURE,
        session -> {
          int released = 0;
          for (Callback held : session.list(CallbackRow.SELECT_HELD, CallbackRow::read)) {
            String token = held.token();
            Optional<Callback> next =
                token == null
                    ? Optional.empty()
                    : held.settled(token, new Settlement.Again(now, now, null), now);
            if (next.isPresent()) {
              put(session, next.get());
              released++;
            }
          }
          return released;
        });
  }

  private <T> T write(String action, CallbackId id, Database.Work<T> work) {
    return database.write(action + " " + id, Outlives.POWER_FAILURE, work);
  }

  private static Optional<Callback> stored(Session session, CallbackId id, Instant now)
      throws SQLException {
    return session
        .first(CallbackRow.SELECT, CallbackRow::read, id.text())
        .filter(callback -> !callback.isExpired(now));
  }

  private static Callback put(Session session, Callback callback) throws SQLException {
    session.update(CallbackRow.WRITE, CallbackRow.values(callback));
    return callback;
  }
}
