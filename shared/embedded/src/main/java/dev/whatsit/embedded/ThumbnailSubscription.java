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
 * A second subscription of the work: each message that is published comes here too, and what is
 * acknowledged or given up here changes nothing for who classifies. What fails too often is left
 * alone without a dead letter, for that would end the image's work. Safe for use by several threads
 * and processes.
 */
final class ThumbnailSubscription implements Subscription {
  /** Few enough for a picture that ends the process each time; with backing off about two hours. */
  private static final int MOST_DELIVERIES = 20;

  static final List<String> VERSION =
      List.of(
          """
          CREATE TABLE thumbnail_messages (
            message_id TEXT NOT NULL PRIMARY KEY,
            attributes TEXT NOT NULL,
            published_at INTEGER NOT NULL,
            visible_at INTEGER NOT NULL,
            deliveries INTEGER NOT NULL,
            receipt TEXT
          ) STRICT, WITHOUT ROWID
          """,
          "CREATE INDEX thumbnail_messages_due ON thumbnail_messages (visible_at)");

  private final Database database;
  private final QueuePolicy policy;
  private final int limit;
  private final RandomGenerator random;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean received;

  /** In the queue's open database. */
  ThumbnailSubscription(Database database, QueuePolicy policy, RandomGenerator random) {
    this.database = database;
    this.policy = policy;
    this.limit = Math.min(policy.limit(), MOST_DELIVERIES);
    this.random = random;
  }

  /**
   * Puts a message in, as a part of its being published; of several with one id the first counts.
   *
   * @param dueAt from when on it is received
   */
  static void insert(
      Session session, String messageId, String attributes, Instant now, Instant dueAt)
      throws SQLException {
    session.update(
        "INSERT INTO thumbnail_messages"
            + " (message_id, attributes, published_at, visible_at, deliveries, receipt)"
            + " VALUES (?, ?, ?, ?, 0, NULL)"
            + " ON CONFLICT (message_id) DO UPDATE"
            + " SET visible_at = min(visible_at, excluded.visible_at) WHERE deliveries = 0",
        messageId,
        attributes,
        Instants.toNanos(now),
        Instants.toNanos(dueAt));
  }

  @Override
  public List<Delivery> receive(int max, Duration visibility, Instant now) {
    received = true;
    String receipt = UUID.randomUUID().toString();
    return database
        .write(
            "receive messages for thumbnails",
            Outlives.PROCESS,
            session -> {
              // Delivered so often and never answered: it may be what ends the process.
              session.update(
                  "DELETE FROM thumbnail_messages WHERE visible_at <= ? AND deliveries >= ?",
                  Instants.toNanos(now),
                  limit);
              return session.list(
                  "UPDATE thumbnail_messages"
                      + " SET visible_at = ?, receipt = ?, deliveries = deliveries + 1"
                      + " WHERE message_id IN (SELECT message_id FROM thumbnail_messages"
                      + " WHERE visible_at <= ? ORDER BY visible_at LIMIT ?)"
                      + " RETURNING message_id, receipt, attributes, deliveries, published_at",
                  SqliteWorkQueue::delivery,
                  Instants.toNanos(now.plus(visibility)),
                  receipt,
                  Instants.toNanos(now),
                  max);
            })
        .stream()
        // RETURNING keeps no order; ids ascend with time.
        .sorted(Comparator.comparing(Delivery::messageId))
        .toList();
  }

  @Override
  public boolean acknowledge(Delivery delivery) {
    return database.write(
            "acknowledge message " + delivery.messageId(),
            Outlives.PROCESS,
            session -> remove(session, delivery))
        == 1;
  }

  /** Gives a message back after a failure, or ends it when it was delivered too often. */
  @Override
  public Retried retry(Delivery delivery, Instant now) {
    boolean last = delivery.deliveryAttempt() >= limit;
    Instant again = now.plus(policy.backOff(delivery.deliveryAttempt(), random));
    int changed =
        database.write(
            "retry message " + delivery.messageId(),
            Outlives.PROCESS,
            session -> last ? remove(session, delivery) : giveBack(session, delivery, again, 0));
    if (changed == 0) {
      return new Retried.Outdated();
    }
    return last ? new Retried.DeadLettered(now) : new Retried.Later(again);
  }

  @Override
  public void defer(Delivery delivery, Instant until) {
    database.write(
        "defer message " + delivery.messageId(),
        Outlives.PROCESS,
        session -> giveBack(session, delivery, until, 1));
  }

  @Override
  public Optional<Instant> nextVisibleAt() {
    return database
        .read(
            "look for messages",
            session ->
                session.first(
                    "SELECT visible_at FROM thumbnail_messages ORDER BY visible_at LIMIT 1",
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

  /** Whether messages were received through this object: then some may be in living hands. */
  boolean hasReceived() {
    return received;
  }

  /** Makes those visible that somebody held. */
  static void releaseAll(Session session, Instant now) throws SQLException {
    session.update(
        "UPDATE thumbnail_messages SET visible_at = min(visible_at, ?), receipt = NULL"
            + " WHERE receipt IS NOT NULL",
        Instants.toNanos(now));
  }

  private static int giveBack(Session session, Delivery delivery, Instant at, int uncounted)
      throws SQLException {
    return session.update(
        "UPDATE thumbnail_messages"
            + " SET visible_at = ?, receipt = NULL, deliveries = deliveries - ?"
            + " WHERE message_id = ? AND receipt = ?",
        Instants.toNanos(at),
        uncounted,
        delivery.messageId(),
        delivery.receipt());
  }

  private static int remove(Session session, Delivery delivery) throws SQLException {
    return session.update(
        "DELETE FROM thumbnail_messages WHERE message_id = ? AND receipt = ?",
        delivery.messageId(),
        delivery.receipt());
  }
}
