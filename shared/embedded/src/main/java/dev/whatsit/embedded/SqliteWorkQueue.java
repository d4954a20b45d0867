package dev.whatsit.embedded;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.reflect.TypeToken;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.DelayedMessage;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.queue.WorkQueue;
import dev.whatsit.embedded.Database.Layout;
import dev.whatsit.embedded.Database.Outlives;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A work queue in SQLite: at least once, in the order in which messages come due, to each of two
 * subscriptions.
 *
 * <p>A received message is hidden from others until an instant; whoever has not acknowledged it by
 * then may find that somebody else received it. Each delivery has a receipt of its own, and what is
 * said with an older one changes nothing. What puts messages in or gives them up outlives a power
 * failure. Receiving and acknowledging outlive the process but may be undone by a power failure,
 * which costs one more delivery.
 *
 * <p>Safe for use by several threads and processes. Every method throws {@link TransientFailure}
 * when it is not known whether it was done.
 */
public final class SqliteWorkQueue implements WorkQueue, Subscription {
  /**
   * One index serves receiving, in the order of time; ids ascend, so that new rows share pages.
   * {@code receipt} is set while a delivery holds the message, {@code deferred} while it waits for
   * somebody else's lease.
   */
  static final Layout LAYOUT =
      new Layout(
          "work queue",
          List.of(
              List.of(
                  """
              CREATE TABLE messages (
                message_id TEXT NOT NULL PRIMARY KEY,
                attributes TEXT NOT NULL,
                published_at INTEGER NOT NULL,
                visible_at INTEGER NOT NULL,
                deliveries INTEGER NOT NULL,
                receipt TEXT,
                deferred INTEGER NOT NULL
              ) STRICT, WITHOUT ROWID
              """,
                  "CREATE INDEX messages_due ON messages (visible_at)",
                  """
              CREATE TABLE dead_letters (
                id TEXT NOT NULL PRIMARY KEY,
                message_id TEXT NOT NULL,
                attributes TEXT NOT NULL,
                reason TEXT NOT NULL,
                deliveries INTEGER NOT NULL,
                dead_at INTEGER NOT NULL,
                UNIQUE (message_id, attributes)
              ) STRICT, WITHOUT ROWID
              """,
                  "CREATE INDEX dead_letters_newest ON dead_letters (dead_at)"),
              DeadLetterSubscription.SECOND_VERSION,
              ThumbnailSubscription.VERSION));

  static final String RECEIVE =
      "UPDATE messages SET visible_at = ?, receipt = ?, deferred = 0, deliveries = deliveries + 1"
          + " WHERE message_id IN"
          + " (SELECT message_id FROM messages WHERE visible_at <= ? ORDER BY visible_at LIMIT ?)"
          + " RETURNING message_id, receipt, attributes, deliveries, published_at";

  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();
  private static final TypeToken<Map<String, String>> ATTRIBUTES = new TypeToken<>() {};

  private final Database database;
  private final InstantSource clock;
  private final QueuePolicy policy;
  private final RandomGenerator random;
  private final DeadLetterSubscription deadLetterSubscription;
  private final ThumbnailSubscription thumbnailSubscription;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean received;

  /**
   * The queue in an open database.
   *
   * @param clock when messages are published and given up: the port does not say
   * @param random for the jitter; safe for use by several threads
   */
  SqliteWorkQueue(
      Database database, InstantSource clock, QueuePolicy policy, RandomGenerator random) {
    this.database = database;
    this.clock = clock;
    this.policy = policy;
    this.random = random;
    this.deadLetterSubscription = new DeadLetterSubscription(database, policy, random);
    this.thumbnailSubscription = new ThumbnailSubscription(database, policy, random);
  }

  @Override
  public String publish(WorkMessage message) {
    String id = publish("message about " + message.image().hash(), message.toAttributes(), true);
    thumbnailSubscription.published();
    return id;
  }

  /** Puts in a message that is no work; {@code what} is for failures. */
  String publish(String what, Map<String, String> attributes) {
    return publish(what, attributes, false);
  }

  private String publish(String what, Map<String, String> attributes, boolean isWork) {
    Instant now = clock.instant();
    String messageId = MessageIds.next(now);
    String json = GSON.toJson(attributes);
    database.write(
        "publish " + what,
        Outlives.POWER_FAILURE,
        session -> {
          if (isWork) {
            ThumbnailSubscription.insert(session, messageId, json, now, now);
          }
          return insert(session, messageId, json, now);
        });
    published();
    return messageId;
  }

  /**
   * Puts messages in, all or none.
   *
   * @param action for messages
   */
  void publishAll(String action, List<Map<String, String>> messages) {
    Instant now = clock.instant();
    database.write(
        action,
        Outlives.POWER_FAILURE,
        session -> {
          for (Map<String, String> attributes : messages) {
            insert(session, MessageIds.next(now), GSON.toJson(attributes), now);
          }
          return messages.size();
        });
    published();
  }

  /**
   * Puts a message in that nobody receives before it is due, one for each name and second; of
   * several within a second the first counts.
   */
  void put(DelayedMessage message) {
    Instant now = clock.instant();
    String attributes = GSON.toJson(message.attributes());
    String messageId = message.name() + "-" + message.dueSecond();
    boolean isWork = message.topic() == Topic.WORK;
    database.write(
        "put message " + message.name() + " for later",
        Outlives.POWER_FAILURE,
        session -> {
          if (isWork) {
            ThumbnailSubscription.insert(session, messageId, attributes, now, message.dueAt());
          }
          return session.update(
              "INSERT INTO messages"
                  + " (message_id, attributes, published_at, visible_at, deliveries, receipt,"
                  + " deferred) VALUES (?, ?, ?, ?, 0, NULL, 0)"
                  + " ON CONFLICT (message_id) DO UPDATE"
                  + " SET visible_at = min(visible_at, excluded.visible_at) WHERE deliveries = 0",
              messageId,
              attributes,
              Instants.toNanos(now),
              Instants.toNanos(message.dueAt()));
        });
    published();
    if (isWork) {
      thumbnailSubscription.published();
    }
  }

  @Override
  public void deadLetter(String messageId, Map<String, String> attributes, String reason) {
    Instant now = clock.instant();
    String json = GSON.toJson(attributes);
    database.write(
        "dead-letter message " + messageId,
        Outlives.POWER_FAILURE,
        session -> {
          int deliveries =
              session
                  .first(
                      "SELECT deliveries FROM messages WHERE message_id = ?",
                      row -> row.getInt(1),
                      messageId)
                  .orElse(0);
          return bury(session, messageId, json, reason, deliveries, now);
        });
    deadLetterSubscription.published();
  }

  @Override
  public void checkReachable() {
    database.checkReachable();
  }

  /**
   * Takes messages that are due, the longest due first, and hides them from others. A message that
   * was delivered as often as the policy allows, and never acknowledged, goes to the dead letters
   * instead.
   *
   * @param max how many at most; at least 1
   * @param visibility how long they are hidden; more than zero
   * @return none to {@code max} deliveries
   */
  @Override
  public List<Delivery> receive(int max, Duration visibility, Instant now) {
    received = true;
    String receipt = UUID.randomUUID().toString();
    return database.write(
        "receive messages",
        Outlives.PROCESS,
        session -> {
          List<Delivery> deliveries = new ArrayList<>();
          List<Delivery> taken =
              session.list(
                  RECEIVE,
                  SqliteWorkQueue::delivery,
                  Instants.toNanos(now.plus(visibility)),
                  receipt,
                  Instants.toNanos(now),
                  max);
          for (Delivery delivery : taken) {
            if (delivery.deliveryAttempt() > policy.limit()) {
              giveUp(session, delivery, policy.limit(), now);
            } else {
              deliveries.add(delivery);
            }
          }
          // RETURNING keeps no order; ids ascend with time.
          deliveries.sort(Comparator.comparing(Delivery::messageId));
          return deliveries;
        });
  }

  @Override
  public boolean acknowledge(Delivery delivery) {
    return database.write(
            "acknowledge message " + delivery.messageId(),
            Outlives.PROCESS,
            session -> remove(session, delivery))
        == 1;
  }

  /**
   * Gives a message back after a failure, to be delivered again after a while that grows, or to the
   * dead letters when it was delivered as often as the policy allows.
   */
  @Override
  public Retried retry(Delivery delivery, Instant now) {
    boolean last = delivery.deliveryAttempt() >= policy.limit();
    Instant again = now.plus(policy.backOff(delivery.deliveryAttempt(), random));
    Retried retried =
        database.write(
            "retry message " + delivery.messageId(),
            last ? Outlives.POWER_FAILURE : Outlives.PROCESS,
            session -> {
              if (last) {
                return giveUp(session, delivery, delivery.deliveryAttempt(), now)
                    ? new Retried.DeadLettered(now)
                    : new Retried.Outdated();
              }
              int changed =
                  session.update(
                      "UPDATE messages SET visible_at = ?, receipt = NULL"
                          + " WHERE message_id = ? AND receipt = ?",
                      Instants.toNanos(again),
                      delivery.messageId(),
                      delivery.receipt());
              return changed == 1 ? new Retried.Later(again) : new Retried.Outdated();
            });
    if (retried instanceof Retried.DeadLettered) {
      deadLetterSubscription.published();
    }
    return retried;
  }

  @Override
  public void defer(Delivery delivery, Instant until) {
    database.write(
        "defer message " + delivery.messageId(),
        Outlives.PROCESS,
        session ->
            session.update(
                "UPDATE messages SET visible_at = ?, receipt = NULL, deferred = 1,"
                    + " deliveries = deliveries - 1 WHERE message_id = ? AND receipt = ?",
                Instants.toNanos(until),
                delivery.messageId(),
                delivery.receipt()));
  }

  @Override
  public Optional<Instant> nextVisibleAt() {
    return database
        .read(
            "look for messages",
            session ->
                session.first(
                    "SELECT visible_at FROM messages ORDER BY visible_at LIMIT 1",
                    row -> row.getLong(1)))
        .map(Instants::ofNanos);
  }

  @Override
  public void onPublish(Runnable listener) {
    listeners.add(listener);
  }

  /**
   * Makes every message visible that waits for somebody: those in flight and those deferred. Those
   * that back off after a failure go on doing so. Only for a start that knows that every earlier
   * receiver is dead.
   */
  public void makeAllVisible(Instant now) {
    releaseAll(now);
  }

  int releaseAll(Instant now) {
    return database.write(
        "make messages visible",
        Outlives.PROCESS,
        session -> {
          DeadLetterSubscription.releaseAll(session, now);
          ThumbnailSubscription.releaseAll(session, now);
          return session.update(
              "UPDATE messages SET visible_at = min(visible_at, ?), receipt = NULL, deferred = 0"
                  + " WHERE receipt IS NOT NULL OR deferred = 1",
              Instants.toNanos(now));
        });
  }

  /** Whether messages were received through this object: then some may be in living hands. */
  boolean hasReceived() {
    return received || deadLetterSubscription.hasReceived() || thumbnailSubscription.hasReceived();
  }

  /**
   * Sends each dead letter on, with the reason as attribute {@link WorkQueue#DEAD_LETTER_REASON}.
   * What is acknowledged there stays among the {@link #deadLetters}, to be removed or replayed.
   */
  public Subscription deadLetterSubscription() {
    return deadLetterSubscription;
  }

  /**
   * Has each message that is published from now on too, for who makes thumbnails. What fails there
   * too often ends without a dead letter.
   */
  public Subscription thumbnailSubscription() {
    return thumbnailSubscription;
  }

  /**
   * The dead letters, newest first.
   *
   * @param limit how many at most; at least 1
   */
  public List<DeadLetter> deadLetters(int limit) {
    return database.read(
        "list dead letters",
        session ->
            session.list(
                "SELECT id, message_id, attributes, reason, deliveries, dead_at FROM dead_letters"
                    + " ORDER BY dead_at DESC, id DESC LIMIT ?",
                row ->
                    new DeadLetter(
                        row.getString(1),
                        row.getString(2),
                        attributes(row.getString(3)),
                        row.getString(4),
                        row.getInt(5),
                        Instants.ofNanos(row.getLong(6))),
                limit));
  }

  /**
   * Removes a dead letter for good.
   *
   * @return false when there is none with this id
   */
  public boolean removeDeadLetter(String id) {
    return database.write(
            "remove dead letter " + id,
            Outlives.POWER_FAILURE,
            session -> session.update("DELETE FROM dead_letters WHERE id = ?", id))
        == 1;
  }

  /**
   * Puts a dead letter's message back into the queue, in one step, as a fresh message that was
   * never delivered.
   *
   * @return false when there is no dead letter with this id
   */
  public boolean replay(String id, Instant now) {
    String messageId = MessageIds.next(now);
    boolean replayed =
        database.write(
            "replay dead letter " + id,
            Outlives.POWER_FAILURE,
            session -> {
              Optional<String> attributes =
                  session.first(
                      "DELETE FROM dead_letters WHERE id = ? RETURNING attributes",
                      row -> row.getString(1),
                      id);
              return attributes.isPresent()
                  && insert(session, messageId, attributes.get(), now) == 1;
            });
    if (replayed) {
      published();
    }
    return replayed;
  }

  /** Counts the messages; it looks at each entry of an index, so it is not for every request. */
  public QueueDepth depth(Instant now) {
    return database.read(
        "count messages",
        session ->
            session
                .first(
                    """
                    SELECT
                      count(*) FILTER (WHERE visible_at <= ?1),
                      count(*) FILTER (WHERE visible_at > ?1 AND receipt IS NOT NULL),
                      count(*) FILTER (WHERE visible_at > ?1 AND receipt IS NULL),
                      (SELECT count(*) FROM dead_letters)
                    FROM messages
                    """,
                    row ->
                        new QueueDepth(
                            row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4)),
                    Instants.toNanos(now))
                .orElseThrow());
  }

  private void published() {
    listeners.forEach(Runnable::run);
  }

  private static int insert(Session session, String messageId, String attributes, Instant now)
      throws SQLException {
    return session.update(
        "INSERT INTO messages"
            + " (message_id, attributes, published_at, visible_at, deliveries, receipt, deferred)"
            + " VALUES (?, ?, ?, ?, 0, NULL, 0)",
        messageId,
        attributes,
        Instants.toNanos(now),
        Instants.toNanos(now));
  }

  private static int remove(Session session, Delivery delivery) throws SQLException {
    return session.update(
        "DELETE FROM messages WHERE message_id = ? AND receipt = ?",
        delivery.messageId(),
        delivery.receipt());
  }

  private static boolean giveUp(Session session, Delivery delivery, int attempts, Instant now)
      throws SQLException {
    if (remove(session, delivery) == 0) {
      return false;
    }
    String reason = "delivered " + attempts + " times without success";
    String attributes = GSON.toJson(delivery.attributes());
    bury(session, delivery.messageId(), attributes, reason, attempts, now);
    return true;
  }

  /** The same letter again is a call whose answer was lost, and stays one letter. */
  private static int bury(
      Session session,
      String messageId,
      String attributes,
      String reason,
      int deliveries,
      Instant now)
      throws SQLException {
    return session.update(
        "INSERT INTO dead_letters"
            + " (id, message_id, attributes, reason, deliveries, dead_at, send_at)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (message_id, attributes) DO NOTHING",
        MessageIds.next(now),
        messageId,
        attributes,
        reason,
        deliveries,
        Instants.toNanos(now),
        Instants.toNanos(now));
  }

  static Delivery delivery(ResultSet row) throws SQLException {
    return new Delivery(
        row.getString(1),
        row.getString(2),
        attributes(row.getString(3)),
        row.getInt(4),
        Instants.ofNanos(row.getLong(5)));
  }

  static Map<String, String> withReason(String json, String reason) {
    Map<String, String> attributes = new LinkedHashMap<>(attributes(json));
    attributes.put(DEAD_LETTER_REASON, reason);
    return attributes;
  }

  private static Map<String, String> attributes(@Nullable String json) {
    return GSON.fromJson(json, ATTRIBUTES);
  }
}
