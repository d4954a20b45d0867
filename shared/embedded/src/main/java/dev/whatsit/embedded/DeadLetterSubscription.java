package dev.whatsit.embedded;

import dev.whatsit.embedded.Database.Outlives;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.random.RandomGenerator;

/**
 * Sends each dead letter on, once it is acknowledged never again, and without an end of the trying
 * before that. The letter stays listed all the same. A delivery has the letter's id in place of a
 * message's, and its reason among the attributes. Safe for use by several threads and processes.
 */
final class DeadLetterSubscription implements Subscription {
  /** {@code send_at} is null once the letter was sent; {@code receipt} is set in flight. */
  static final List<String> SECOND_VERSION =
      List.of(
          "ALTER TABLE dead_letters ADD COLUMN send_at INTEGER",
          "ALTER TABLE dead_letters ADD COLUMN receipt TEXT",
          "ALTER TABLE dead_letters ADD COLUMN sends INTEGER NOT NULL DEFAULT 0",
          "UPDATE dead_letters SET send_at = dead_at",
          "CREATE INDEX dead_letters_unsent ON dead_letters (send_at) WHERE send_at IS NOT NULL");

  private final Database database;
  private final QueuePolicy policy;
  private final RandomGenerator random;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean received;

  /** The dead letters in the queue's open database. */
  DeadLetterSubscription(Database database, QueuePolicy policy, RandomGenerator random) {
    this.database = database;
    this.policy = policy;
    this.random = random;
  }

  @Override
  public List<Delivery> receive(int max, Duration visibility, Instant now) {
    received = true;
    String receipt = UUID.randomUUID().toString();
    return database
        .write(
            "receive dead letters",
            Outlives.PROCESS,
            session ->
                session.list(
                    "UPDATE dead_letters SET send_at = ?, receipt = ?, sends = sends + 1"
                        + " WHERE id IN (SELECT id FROM dead_letters"
                        + " WHERE send_at <= ? ORDER BY send_at LIMIT ?)"
                        + " RETURNING id, receipt, attributes, sends, dead_at, reason",
                    row ->
                        new Delivery(
                            row.getString(1),
                            row.getString(2),
                            SqliteWorkQueue.withReason(row.getString(3), row.getString(6)),
                            row.getInt(4),
                            Instants.ofNanos(row.getLong(5))),
                    Instants.toNanos(now.plus(visibility)),
                    receipt,
                    Instants.toNanos(now),
                    max))
        .stream()
        // RETURNING keeps no order; ids ascend with time.
        .sorted(Comparator.comparing(Delivery::messageId))
        .toList();
  }

  @Override
  public boolean acknowledge(Delivery delivery) {
    return database.write(
            "acknowledge dead letter " + delivery.messageId(),
            Outlives.PROCESS,
            session ->
                session.update(
                    "UPDATE dead_letters SET send_at = NULL, receipt = NULL"
                        + " WHERE id = ? AND receipt = ?",
                    delivery.messageId(),
                    delivery.receipt()))
        == 1;
  }

  @Override
  public Retried retry(Delivery delivery, Instant now) {
    Instant again = now.plus(policy.backOff(delivery.deliveryAttempt(), random));
    return giveBack("retry dead letter ", delivery, again, 0)
        ? new Retried.Later(again)
        : new Retried.Outdated();
  }

  @Override
  public void defer(Delivery delivery, Instant until) {
    giveBack("defer dead letter ", delivery, until, 1);
  }

  private boolean giveBack(String action, Delivery delivery, Instant at, int uncounted) {
    return database.write(
            action + delivery.messageId(),
            Outlives.PROCESS,
            session ->
                session.update(
                    "UPDATE dead_letters SET send_at = ?, receipt = NULL, sends = sends - ?"
                        + " WHERE id = ? AND receipt = ?",
                    Instants.toNanos(at),
                    uncounted,
                    delivery.messageId(),
                    delivery.receipt()))
        == 1;
  }

  @Override
  public Optional<Instant> nextVisibleAt() {
    return database
        .read(
            "look for dead letters",
            session ->
                session.first(
                    "SELECT send_at FROM dead_letters WHERE send_at IS NOT NULL"
                        + " ORDER BY send_at LIMIT 1",
                    row -> row.getLong(1)))
        .map(Instants::ofNanos);
  }

  @Override
  public void onPublish(Runnable listener) {
    listeners.add(listener);
  }

  void published() {
    listeners.forEach(Runnable::run);
  }

  /** Whether letters were received through this object: then some may be in living hands. */
  boolean hasReceived() {
    return received;
  }

  /** Makes those visible that somebody held. */
  static void releaseAll(Session session, Instant now) throws SQLException {
    session.update(
        "UPDATE dead_letters SET send_at = min(send_at, ?), receipt = NULL"
            + " WHERE receipt IS NOT NULL",
        Instants.toNanos(now));
  }
}
