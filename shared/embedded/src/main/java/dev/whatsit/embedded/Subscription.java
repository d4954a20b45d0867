package dev.whatsit.embedded;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.reflect.TypeToken;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.embedded.Database.Durability;
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
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one subscriber: delivered at least once, in the order in which they become due. A
 * received message is hidden for its visibility timeout. Then it may be redelivered with a new
 * receipt, and the old receipt is no longer valid.
 *
 * <p>Receiving and acknowledging survive the end of the process. A power failure may undo them,
 * which causes one redelivery. Thread-safe. Every method throws {@link TransientFailure} when it is
 * not known whether it was done.
 */
public final class Subscription {
  static final String RECEIVE =
      """
      UPDATE queue_messages
      SET visible_at = ?, receipt = ?, deferred = 0, deliveries = deliveries + 1
      WHERE subscription = ?3 AND id IN (
        SELECT id FROM queue_messages
        WHERE subscription = ?3 AND visible_at <= ?4 ORDER BY visible_at LIMIT ?5)
      RETURNING id, receipt, attributes, deliveries, published_at
      """;

  /**
   * Makes due what cannot be meant to wait until its time: what has no delay and was never
   * delivered, and what waits longer than any backoff or lease. Scheduled messages keep their time.
   */
  static final String RELEASE_AFTER_CLOCK_CHANGE =
      """
      UPDATE queue_messages SET visible_at = ?1
      WHERE subscription = ?2 AND visible_at > ?1 AND receipt IS NULL
        AND CASE WHEN deliveries = 0 AND deferred = 0
          THEN visible_at = published_at ELSE visible_at > ?3 END
      """;

  /** Smaller steps of the clock delay nothing that matters; concurrent callers differ by less. */
  private static final Duration MIN_CLOCK_STEP = Duration.ofSeconds(1);

  /** Longer than any lease of a record, which a deferred message waits for. */
  private static final Duration MAX_LEASE = Duration.ofMinutes(15);

  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();
  private static final TypeToken<Map<String, String>> ATTRIBUTES = new TypeToken<>() {};
  private static final EventLog LOG = EventLog.of(Subscription.class);

  private final Database database;
  private final String name;
  private final QueuePolicy policy;
  private final int limit;
  private final RandomGenerator random;
  private final @Nullable SqliteMessageQueue deadLetters;
  private final List<Consumer<Instant>> listeners = new CopyOnWriteArrayList<>();
  private final AtomicReference<Instant> lastReceive = new AtomicReference<>(Instant.MIN);

  /**
   * Creates a subscription in an open database.
   *
   * @param limit the number of counted deliveries after which a message is exhausted
   * @param random for the jitter; thread-safe
   * @param deadLetters takes exhausted messages; null drops and logs them. Use null for messages of
   *     work that is recorded elsewhere, where the sweep finds it.
   */
  Subscription(
      Database database,
      String name,
      QueuePolicy policy,
      int limit,
      RandomGenerator random,
      @Nullable SqliteMessageQueue deadLetters) {
    this.database = database;
    this.name = name;
    this.policy = policy;
    this.limit = limit;
    this.random = random;
    this.deadLetters = deadLetters;
  }

  /**
   * Receives due messages, those due first before others, and hides them from other receivers. A
   * message that was delivered {@code limit} times without an ack is exhausted: it becomes a dead
   * letter or is dropped, and is not returned. When the clock has been set back since the last
   * call, messages without a delay do not wait until it has caught up.
   *
   * @param max the maximum number; at least 1
   * @param visibility how long they are hidden; more than zero
   * @return none to {@code max} deliveries
   */
  public List<Delivery> receive(int max, Duration visibility, Instant now) {
    String receipt = UUID.randomUUID().toString();
    boolean setBack = now.plus(MIN_CLOCK_STEP).isBefore(lastReceive.getAndSet(now));
    List<Delivery> taken =
        database.write(
            "receive messages of " + name,
            Durability.PROCESS,
            session -> {
              if (setBack) {
                releaseAfterClockChange(session, now);
              }
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
                  exhaust(session, delivery, limit, now);
                }
              }
              return all;
            });
    List<Delivery> deliveries = new ArrayList<>(taken);
    // RETURNING has no order; ids ascend with time.
    deliveries.sort(Comparator.comparing(Delivery::messageId));
    List<Delivery> exhausted = deliveries.stream().filter(this::isExhausted).toList();
    if (!exhausted.isEmpty()) {
      deliveries.removeAll(exhausted);
      announceExhausted(exhausted, now);
    }
    return deliveries;
  }

  /**
   * Acks a delivery: the message is not redelivered.
   *
   * @return false when the receipt is outdated: there is a newer delivery, or the message no longer
   *     exists
   */
  public boolean acknowledge(Delivery delivery) {
    return database.write(
            "acknowledge message " + delivery.messageId(),
            Durability.PROCESS,
            session -> remove(session, delivery))
        == 1;
  }

  /**
   * Nacks a delivery after a failure. The message is redelivered after a backoff; or, if it has
   * reached its delivery limit, it becomes a dead letter or is dropped.
   */
  public NackResult retry(Delivery delivery, Instant now) {
    boolean last = delivery.deliveryAttempt() >= limit;
    Instant again = now.plus(policy.backOff(delivery.deliveryAttempt(), random));
    int changed =
        database.write(
            "retry message " + delivery.messageId(),
            last ? Durability.POWER_FAILURE : Durability.PROCESS,
            session ->
                last
                    ? exhaust(session, delivery, delivery.deliveryAttempt(), now)
                    : makeVisible(session, delivery, again, false));
    if (changed == 0) {
      return NackResult.OUTDATED;
    }
    if (!last) {
      return NackResult.LATER;
    }
    announceExhausted(List.of(delivery), now);
    return deadLetters == null ? NackResult.DROPPED : NackResult.DEAD_LETTERED;
  }

  /**
   * Defers a delivery that cannot be processed yet. The delivery does not count. Does nothing when
   * the receipt is outdated.
   *
   * @param until when it is redelivered
   */
  public void defer(Delivery delivery, Instant until) {
    database.write(
        "defer message " + delivery.messageId(),
        Durability.PROCESS,
        session -> makeVisible(session, delivery, until, true));
  }

  /**
   * The earliest visibility time of all messages: past for a due message, the end of the visibility
   * timeout for one in flight; empty when there are no messages.
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

  /** Counts the messages. It scans an index, so do not call it for every request. */
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
   * Adds a listener that is called after this object has committed a new message.
   *
   * @param listener gets the time from which on the message is received; must be quick and not
   *     throw: it runs in the publisher's thread
   */
  public void onPublish(Consumer<Instant> listener) {
    listeners.add(listener);
  }

  /**
   * Adds a message as part of a transaction. If a message with this id exists and was not delivered
   * yet, the earlier due time is kept.
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

  /** How often a message was delivered; 0 when it does not exist. */
  int deliveries(Session session, String id) throws SQLException {
    return session
        .first(
            "SELECT deliveries FROM queue_messages WHERE subscription = ? AND id = ?",
            row -> row.getInt(1),
            name,
            id)
        .orElse(0);
  }

  /** Removes a message, even if a delivery holds it. */
  void removeAny(Session session, String id) throws SQLException {
    session.update("DELETE FROM queue_messages WHERE subscription = ? AND id = ?", name, id);
  }

  /** Calls the listeners; to be called after the commit. */
  void published(Instant dueAt) {
    listeners.forEach(listener -> listener.accept(dueAt));
  }

  /** Makes due what waits only because the clock showed a later time before. */
  void releaseAfterClockChange(Session session, Instant now) throws SQLException {
    Duration backoff = policy.backoff().max();
    Duration longest = backoff.compareTo(MAX_LEASE) > 0 ? backoff : MAX_LEASE;
    session.update(RELEASE_AFTER_CLOCK_CHANGE, Nanos.of(now), name, Nanos.of(now.plus(longest)));
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

  private int exhaust(Session session, Delivery delivery, int deliveries, Instant now)
      throws SQLException {
    int removed = remove(session, delivery);
    if (removed == 1 && deadLetters != null) {
      deadLetters.keepExhausted(session, delivery, deliveries, now);
    }
    return removed;
  }

  private int makeVisible(Session session, Delivery delivery, Instant at, boolean deferred)
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

  private void announceExhausted(List<Delivery> deliveries, Instant now) {
    if (deadLetters != null) {
      deadLetters.deadLetterSubscription.published(now);
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
