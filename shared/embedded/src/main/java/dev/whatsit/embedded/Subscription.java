package dev.whatsit.embedded;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.reflect.TypeToken;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.embedded.Database.Outlives;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one subscriber: delivered at least once, in the order in which they come due. A
 * message that was received is hidden until its visibility ends; then it may be delivered again,
 * with another receipt, and the older receipt has no effect any more.
 *
 * <p>Receiving and acknowledging outlive the process but may be undone by a power failure, which
 * costs one more delivery. Thread-safe. Every method throws {@link TransientFailure} when it is not
 * known whether it was done.
 */
public final class Subscription {
  /**
   * The table of all subscriptions. {@code receipt} is set while a delivery holds the message,
   * {@code deferred} while it waits for the lease of another one. One index serves receiving.
   */
  static final List<String> TABLE =
      List.of(
          """
          CREATE TABLE queue_messages (
            subscription TEXT NOT NULL,
            id TEXT NOT NULL,
            attributes TEXT NOT NULL,
            published_at INTEGER NOT NULL,
            visible_at INTEGER NOT NULL,
            deliveries INTEGER NOT NULL,
            receipt TEXT,
            deferred INTEGER NOT NULL,
            PRIMARY KEY (subscription, id)
          ) STRICT, WITHOUT ROWID
          """,
          "CREATE INDEX queue_messages_due ON queue_messages (subscription, visible_at)");

  static final String RECEIVE =
      """
      UPDATE queue_messages
      SET visible_at = ?, receipt = ?, deferred = 0, deliveries = deliveries + 1
      WHERE subscription = ?3 AND id IN (
        SELECT id FROM queue_messages
        WHERE subscription = ?3 AND visible_at <= ?4 ORDER BY visible_at LIMIT ?5)
      RETURNING id, receipt, attributes, deliveries, published_at
      """;

  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();
  private static final TypeToken<Map<String, String>> ATTRIBUTES = new TypeToken<>() {};
  private static final EventLog LOG = EventLog.of(Subscription.class);

  private final Database database;
  private final String name;
  private final QueuePolicy policy;
  private final int limit;
  private final RandomGenerator random;
  private final @Nullable DeadLetters deadLetters;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  /** Where messages go that were delivered too often. */
  interface DeadLetters {
    /** Keeps one, in the transaction that has removed the message. */
    void add(Session session, Delivery delivery, int deliveries, Instant now) throws SQLException;

    /** Called when that is committed. */
    void added();
  }

  /**
   * A subscription in an open database.
   *
   * @param limit after how many counted deliveries a message is given up
   * @param random for the jitter; thread-safe
   * @param deadLetters where it goes then; null drops it with a line in the log, for messages that
   *     stand for what is written elsewhere, where the sweep finds it
   */
  Subscription(
      Database database,
      String name,
      QueuePolicy policy,
      int limit,
      RandomGenerator random,
      @Nullable DeadLetters deadLetters) {
    this.database = database;
    this.name = name;
    this.policy = policy;
    this.limit = limit;
    this.random = random;
    this.deadLetters = deadLetters;
  }

  /**
   * Takes messages that are due, the longest due first, and hides them from others. A message that
   * was delivered as often as allowed, and never acknowledged, is given up instead.
   *
   * @param max how many at most; at least 1
   * @param visibility how long they are hidden; more than zero
   * @return none to {@code max} deliveries
   */
  public List<Delivery> receive(int max, Duration visibility, Instant now) {
    String receipt = UUID.randomUUID().toString();
    List<Delivery> taken =
        database.write(
            "receive messages of " + name,
            Outlives.PROCESS,
            session -> {
              List<Delivery> all =
                  session.list(
                      RECEIVE,
                      row ->
                          new Delivery(
                              row.getString(1),
                              row.getString(2),
                              attributes(row.getString(3)),
                              row.getInt(4),
                              Nanos.instant(row.getLong(5))),
                      Nanos.of(now.plus(visibility)),
                      receipt,
                      name,
                      Nanos.of(now),
                      max);
              for (Delivery delivery : all) {
                if (isExhausted(delivery)) {
                  giveUp(session, delivery, limit, now);
                }
              }
              return all;
            });
    List<Delivery> deliveries = new ArrayList<>(taken);
    // RETURNING keeps no order; ids ascend with time.
    deliveries.sort(Comparator.comparing(Delivery::messageId));
    List<Delivery> exhausted = deliveries.stream().filter(this::isExhausted).toList();
    if (!exhausted.isEmpty()) {
      deliveries.removeAll(exhausted);
      tellGivenUp(exhausted);
    }
    return deliveries;
  }

  /**
   * Ends what was delivered: it is not delivered again.
   *
   * @return false when the receipt is outdated, and there is a newer delivery or none any more
   */
  public boolean acknowledge(Delivery delivery) {
    return database.write(
            "acknowledge message " + delivery.messageId(),
            Outlives.PROCESS,
            session -> remove(session, delivery))
        == 1;
  }

  /**
   * Gives a message back after a failure, to be delivered again after a backoff; or gives it up
   * when it was delivered as often as allowed.
   */
  public Retried retry(Delivery delivery, Instant now) {
    boolean last = delivery.deliveryAttempt() >= limit;
    Instant again = now.plus(policy.backOff(delivery.deliveryAttempt(), random));
    int changed =
        database.write(
            "retry message " + delivery.messageId(),
            last ? Outlives.POWER_FAILURE : Outlives.PROCESS,
            session ->
                last
                    ? giveUp(session, delivery, delivery.deliveryAttempt(), now)
                    : giveBack(session, delivery, again, false));
    if (changed == 0) {
      return new Retried.Outdated();
    }
    if (!last) {
      return new Retried.Later(again);
    }
    tellGivenUp(List.of(delivery));
    return deadLetters == null ? new Retried.Dropped(now) : new Retried.DeadLettered(now);
  }

  /**
   * Gives a delivery back because it cannot be worked on yet. The delivery does not count. Does
   * nothing when the receipt is outdated.
   *
   * @param until when it is delivered again
   */
  public void defer(Delivery delivery, Instant until) {
    database.write(
        "defer message " + delivery.messageId(),
        Outlives.PROCESS,
        session -> giveBack(session, delivery, until, true));
  }

  /**
   * When the first of all becomes visible, or became so, or will when its receiver does not
   * acknowledge it; empty when there is none at all.
   */
  public Optional<Instant> nextVisibleAt() {
    return database
        .read(
            "look for messages of " + name,
            session ->
                session.first(
                    "SELECT visible_at FROM queue_messages WHERE subscription = ?"
                        + " ORDER BY visible_at LIMIT 1",
                    row -> row.getLong(1),
                    name))
        .map(Nanos::instant);
  }

  /** Counts the messages; it looks at each entry of an index, so it is not for every request. */
  public QueueDepth depth(Instant now) {
    return database.read(
        "count messages of " + name,
        session ->
            session
                .first(
                    """
                    SELECT
                      count(*) FILTER (WHERE visible_at <= ?1),
                      count(*) FILTER (WHERE visible_at > ?1 AND receipt IS NOT NULL),
                      count(*) FILTER (WHERE visible_at > ?1 AND receipt IS NULL)
                    FROM queue_messages WHERE subscription = ?2
                    """,
                    row -> new QueueDepth(row.getLong(1), row.getLong(2), row.getLong(3)),
                    Nanos.of(now),
                    name)
                .orElseThrow());
  }

  /**
   * Has a listener called when this object has put something in, once it is committed.
   *
   * @param listener quick and without failure: it runs in the publisher's thread
   */
  public void onPublish(Runnable listener) {
    listeners.add(listener);
  }

  /**
   * Puts a message in as a part of a transaction; of several with one id that was not delivered yet
   * the earliest time counts.
   *
   * @param dueAt from when on it is received
   */
  void put(Session session, String id, Map<String, String> attributes, Instant now, Instant dueAt)
      throws SQLException {
    session.update(
        """
        INSERT INTO queue_messages VALUES (?, ?, ?, ?, ?, 0, NULL, 0)
        ON CONFLICT (subscription, id)
        DO UPDATE SET visible_at = min(visible_at, excluded.visible_at) WHERE deliveries = 0
        """,
        name,
        id,
        json(attributes),
        Nanos.of(now),
        Nanos.of(dueAt));
  }

  /** How often a message was delivered; 0 when it is not there. */
  int deliveries(Session session, String id) throws SQLException {
    return session
        .first(
            "SELECT deliveries FROM queue_messages WHERE subscription = ? AND id = ?",
            row -> row.getInt(1),
            name,
            id)
        .orElse(0);
  }

  /** Takes a message away, whoever holds it. */
  void removeAny(Session session, String id) throws SQLException {
    session.update("DELETE FROM queue_messages WHERE subscription = ? AND id = ?", name, id);
  }

  /** Calls the listeners, once what was put in is committed. */
  void published() {
    listeners.forEach(Runnable::run);
  }

  private boolean isExhausted(Delivery delivery) {
    return delivery.deliveryAttempt() > limit;
  }

  private int remove(Session session, Delivery delivery) throws SQLException {
    return session.update(
        "DELETE FROM queue_messages WHERE subscription = ? AND id = ? AND receipt = ?",
        name,
        delivery.messageId(),
        delivery.receipt());
  }

  private int giveUp(Session session, Delivery delivery, int deliveries, Instant now)
      throws SQLException {
    int removed = remove(session, delivery);
    if (removed == 1 && deadLetters != null) {
      deadLetters.add(session, delivery, deliveries, now);
    }
    return removed;
  }

  private int giveBack(Session session, Delivery delivery, Instant at, boolean deferred)
      throws SQLException {
    int uncounted = deferred ? 1 : 0;
    return session.update(
        """
        UPDATE queue_messages
        SET visible_at = ?, receipt = NULL, deferred = ?, deliveries = deliveries - ?
        WHERE subscription = ? AND id = ? AND receipt = ?
        """,
        Nanos.of(at),
        uncounted,
        uncounted,
        name,
        delivery.messageId(),
        delivery.receipt());
  }

  private void tellGivenUp(List<Delivery> deliveries) {
    if (deadLetters != null) {
      deadLetters.added();
      return;
    }
    for (Delivery delivery : deliveries) {
      LOG.error(
          "message dropped after its last try",
          Labels.of("subscription", name)
              .and("message", delivery.messageId())
              .and("attributes", delivery.attributes()),
          null);
    }
  }

  static String json(Map<String, String> attributes) {
    return GSON.toJson(attributes);
  }

  static Map<String, String> attributes(@Nullable String json) {
    return GSON.fromJson(json, ATTRIBUTES);
  }
}
