package dev.whatsit.embedded;

import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.Message;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.embedded.Database.Durability;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The message queue in SQLite. Thread-safe.
 *
 * <p>A published message survives a kill at once, and a power failure from the next commit of a
 * document on: the log of the database is forced as a whole, so a power failure undoes the latest
 * writes only. Publishing costs no fsync of its own.
 *
 * <p>A dead letter stays listed until an operator removes or replays it. In addition it is
 * delivered to its own subscription, without a delivery limit, until it is acked.
 */
public final class SqliteMessageQueue implements MessageQueue {
  /**
   * The tables of messages and dead letters. {@code receipt} is set while a delivery holds the
   * message; {@code deferred} is set while it waits for the lease of another message to end. One
   * index serves receiving.
   */
  static final List<String> TABLES =
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
          "CREATE INDEX queue_messages_due ON queue_messages (subscription, visible_at)",
          """
          CREATE TABLE queue_dead_letters (
            id TEXT NOT NULL PRIMARY KEY,
            message_id TEXT NOT NULL,
            attributes TEXT NOT NULL,
            reason TEXT NOT NULL,
            deliveries INTEGER NOT NULL,
            dead_at INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID
          """,
          "CREATE INDEX queue_dead_letters_newest ON queue_dead_letters (dead_at)");

  /**
   * Low, because a picture may crash the process at each delivery. With the default backoff the
   * last delivery is one to two hours after the first.
   */
  private static final int MAX_THUMBNAIL_DELIVERIES = 20;

  private final Database database;
  private final InstantSource clock;
  final Subscription work;
  final Subscription thumbnails;
  final Subscription deadLetterSubscription;
  final Subscription results;
  final Subscription progress;
  final Subscription fetches;

  /**
   * Opens the queue in a database that has the tables.
   *
   * @param clock for the times of publishing and dead-lettering
   * @param random for the jitter; thread-safe
   */
  SqliteMessageQueue(
      Database database, InstantSource clock, QueuePolicy policy, RandomGenerator random) {
    this.database = database;
    this.clock = clock;
    int limit = policy.limit();
    work = new Subscription(database, "classify", policy, limit, random, this);
    thumbnails =
        new Subscription(
            database, "thumbnail", policy, Math.min(limit, MAX_THUMBNAIL_DELIVERIES), random, null);
    deadLetterSubscription =
        new Subscription(database, "dead-letter", policy, Integer.MAX_VALUE, random, null);
    results = new Subscription(database, "notify", policy, limit, random, null);
    progress = new Subscription(database, "progress", policy, limit, random, null);
    fetches = new Subscription(database, "fetch", policy, limit, random, null);
  }

  @Override
  public List<String> publish(Topic topic, List<Message> messages, @Nullable Instant notBefore) {
    if (messages.size() > MAX_MESSAGES) {
      throw new IllegalArgumentException(messages.size() + " messages are too many");
    }
    if (topic == Topic.DEAD_LETTERS && notBefore != null) {
      throw new IllegalArgumentException("dead letters are not scheduled");
    }
    if (messages.isEmpty()) {
      return List.of();
    }
    Instant now = clock.instant();
    Instant dueAt = notBefore == null ? now : notBefore;
    List<String> ids =
        messages.stream()
            .map(
                message ->
                    topic == Topic.DEAD_LETTERS
                        ? message.name()
                        : notBefore == null ? messageId(now) : scheduledId(message, notBefore))
            .toList();
    database.write(
        "publish "
            + messages.get(0).name()
            + (messages.size() == 1 ? "" : " and " + (messages.size() - 1) + " more"),
        // The document that the caller commits next forces both.
        Durability.PROCESS,
        session -> {
          for (int i = 0; i < ids.size(); i++) {
            Map<String, String> attributes = messages.get(i).attributes();
            if (topic == Topic.DEAD_LETTERS) {
              DeadLetterMessage letter = DeadLetterMessage.fromAttributes(attributes);
              int deliveries = work.deliveries(session, letter.messageId());
              keep(session, ids.get(i), letter, deliveries, now);
            } else {
              for (Subscription subscription : subscriptions(topic, attributes)) {
                subscription.put(session, ids.get(i), attributes, now, dueAt);
              }
            }
          }
          return ids;
        });
    subscriptions(topic).forEach(subscription -> subscription.published(dueAt));
    return ids;
  }

  @Override
  public boolean schedules() {
    return true;
  }

  @Override
  public void check(Topic topic) {
    database.checkReachable();
  }

  /**
   * An id that sorts by creation time, to the millisecond (RFC 9562, UUID version 7): new rows go
   * to the end of the table; its pages stay in memory.
   */
  private static String messageId(Instant now) {
    UUID random = UUID.randomUUID();
    long high = (now.toEpochMilli() << 16) | 0x7000 | (random.getMostSignificantBits() & 0xfff);
    return new UUID(high, random.getLeastSignificantBits()).toString();
  }

  /** The id of a scheduled message: its name and its due second, rounded up. */
  private static String scheduledId(Message message, Instant notBefore) {
    return message.name() + "-" + notBefore.plusNanos(999_999_999).getEpochSecond();
  }

  private List<Subscription> subscriptions(Topic topic) {
    return switch (topic) {
      case WORK -> List.of(work, thumbnails);
      case RESULTS -> List.of(results, progress);
      case FETCHES -> List.of(fetches);
      case DEAD_LETTERS -> List.of(deadLetterSubscription);
    };
  }

  /** The subscriptions that receive a message. Batches wait for images, not for callbacks. */
  private List<Subscription> subscriptions(Topic topic, Map<String, String> attributes) {
    boolean takesProgress =
        !attributes.containsKey("callback")
            && ImageHash.parse(attributes.getOrDefault("subject", "")).isPresent();
    return topic == Topic.RESULTS && !takesProgress ? List.of(results) : subscriptions(topic);
  }

  /**
   * Makes all messages visible that are in flight or deferred, or that wait only because the clock
   * showed a later time when they were hidden. Messages in backoff after a failure stay hidden.
   * Call it only at a start, when no earlier receiver is running.
   */
  void releaseAll(Instant now) {
    database.write(
        "make messages visible",
        Durability.PROCESS,
        session -> {
          int released =
              session.update(
                  """
                  UPDATE queue_messages
                  SET visible_at = min(visible_at, ?), receipt = NULL, deferred = 0
                  WHERE receipt IS NOT NULL OR deferred = 1
                  """,
                  Nanos.of(now));
          for (Subscription subscription :
              List.of(work, thumbnails, deadLetterSubscription, results, progress, fetches)) {
            subscription.releaseAfterClockChange(session, now);
          }
          return released;
        });
  }

  /**
   * The dead letters, newest first.
   *
   * @param limit the maximum number; at least 1
   */
  public List<DeadLetter> deadLetters(int limit) {
    return database.read(
        "list dead letters",
        session ->
            session.list(
                "SELECT id, message_id, attributes, reason, deliveries, dead_at"
                    + " FROM queue_dead_letters ORDER BY dead_at DESC, id DESC LIMIT ?",
                row ->
                    new DeadLetter(
                        row.getString(1),
                        row.getString(2),
                        Subscription.attributes(row.getString(3)),
                        row.getString(4),
                        row.getInt(5),
                        Nanos.instant(row.getLong(6))),
                limit));
  }

  /** How many dead letters there are. */
  public long countDeadLetters() {
    return database.read(
        "count dead letters", session -> session.number("SELECT count(*) FROM queue_dead_letters"));
  }

  /**
   * Removes a dead letter.
   *
   * @return false when there is none with this id
   */
  public boolean removeDeadLetter(String id) {
    return database.write(
        "remove dead letter " + id,
        Durability.POWER_FAILURE,
        session -> take(session, id).isPresent());
  }

  /**
   * Requeues a dead letter's message, in one transaction, as a new message without deliveries.
   *
   * @return false when there is no dead letter with this id
   */
  public boolean replay(String id, Instant now) {
    boolean replayed =
        database.write(
            "replay dead letter " + id,
            Durability.POWER_FAILURE,
            session -> {
              Optional<String> attributes = take(session, id);
              if (attributes.isPresent()) {
                work.put(
                    session, messageId(now), Subscription.attributes(attributes.get()), now, now);
              }
              return attributes.isPresent();
            });
    if (replayed) {
      work.published(now);
    }
    return replayed;
  }

  /** Removes a dead letter, even if it was not delivered yet, and returns its attributes. */
  private Optional<String> take(Session session, String id) throws SQLException {
    deadLetterSubscription.removeAny(session, id);
    return session.first(
        "DELETE FROM queue_dead_letters WHERE id = ? RETURNING attributes",
        row -> row.getString(1),
        id);
  }

  /** Stores a dead letter. Idempotent by id: a call repeated after a lost response adds nothing. */
  private void keep(
      Session session, String id, DeadLetterMessage letter, int deliveries, Instant now)
      throws SQLException {
    int added =
        session.update(
            "INSERT INTO queue_dead_letters VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            id,
            letter.messageId(),
            Subscription.json(letter.attributes()),
            letter.reason(),
            deliveries,
            Nanos.of(now));
    if (added == 1) {
      deadLetterSubscription.put(session, id, letter.toMessage().attributes(), now, now);
    }
  }

  /** Stores an exhausted message as a dead letter, in the transaction that removed the message. */
  void keepExhausted(Session session, Delivery delivery, int deliveries, Instant now)
      throws SQLException {
    DeadLetterMessage letter =
        new DeadLetterMessage(
            delivery.messageId(),
            delivery.attributes(),
            "delivered " + deliveries + " times without success");
    keep(session, letter.toMessage().name(), letter, deliveries, now);
  }
}
