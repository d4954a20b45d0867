package dev.whatsit.embedded;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.Message;
import dev.whatsit.embedded.Database.Layout;
import dev.whatsit.embedded.Database.Outlives;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

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
public final class SqliteWorkQueue extends SqliteSubscription {
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
                  "CREATE INDEX thumbnail_messages_due ON thumbnail_messages (visible_at)")));

  static final Rows MESSAGES = Rows.messages("messages", true);

  /** Few enough for a picture that ends the process each time; with backing off about two hours. */
  private static final int MOST_THUMBNAIL_DELIVERIES = 20;

  private final Database database;
  private final InstantSource clock;
  private final DeadLetterSubscription deadLetterSubscription;
  private final DroppingQueue thumbnailSubscription;

  /**
   * The queue in an open database.
   *
   * @param clock when messages are published and given up: the port does not say
   * @param random for the jitter; safe for use by several threads
   */
  SqliteWorkQueue(
      Database database, InstantSource clock, QueuePolicy policy, RandomGenerator random) {
    super(database, MESSAGES, policy, policy.limit(), random);
    this.database = database;
    this.clock = clock;
    this.deadLetterSubscription = new DeadLetterSubscription(database, policy, random);
    this.thumbnailSubscription =
        new DroppingQueue(
            "thumbnails",
            database,
            Rows.messages("thumbnail_messages", false),
            clock,
            policy,
            Math.min(policy.limit(), MOST_THUMBNAIL_DELIVERIES),
            random);
  }

  /** Puts a message in, and gives its id. */
  public String publish(Message message) {
    Instant now = clock.instant();
    String messageId = MessageIds.next(now);
    putIn(
        "publish message about " + message.name(), messageId, json(message.attributes()), now, now);
    return messageId;
  }

  /**
   * Puts a message in that nobody receives before it is due, one for each name and second; of
   * several within a second the first counts.
   *
   * @return its id
   */
  String schedule(Message message, Instant notBefore) {
    String messageId = scheduledId(message, notBefore);
    putIn(
        "schedule message " + message.name(),
        messageId,
        json(message.attributes()),
        clock.instant(),
        notBefore);
    return messageId;
  }

  private void putIn(
      String action, String messageId, String attributes, Instant now, Instant dueAt) {
    database.write(
        action,
        Outlives.POWER_FAILURE,
        session ->
            insert(session, messageId, attributes, now, dueAt)
                + thumbnailSubscription.insert(session, messageId, attributes, now, dueAt));
    published();
    thumbnailSubscription.published();
  }

  /** Puts a message among the dead letters, once. */
  public void deadLetter(String messageId, Map<String, String> attributes, String reason) {
    Instant now = clock.instant();
    String json = json(attributes);
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
  void bury(Session session, Delivery delivery, int attempts, Instant now) throws SQLException {
    String reason = "delivered " + attempts + " times without success";
    bury(session, delivery.messageId(), json(delivery.attributes()), reason, attempts, now);
  }

  @Override
  void tellGivenUp(List<Delivery> deliveries) {
    deadLetterSubscription.published();
  }

  @Override
  Retried givenUp(Instant now) {
    return new Retried.DeadLettered(now);
  }

  void checkReachable() {
    database.checkReachable();
  }

  /**
   * Makes every message visible that waits for somebody: those in flight and those deferred. Those
   * that back off after a failure go on doing so. Only for a start that knows that every earlier
   * receiver is dead.
   */
  public void makeAllVisible(Instant now) {
    releaseAll(now);
  }

  @Override
  int releaseAll(Session session, Instant now) throws SQLException {
    deadLetterSubscription.releaseAll(session, now);
    thumbnailSubscription.releaseAll(session, now);
    return super.releaseAll(session, now);
  }

  @Override
  boolean hasReceived() {
    return super.hasReceived()
        || deadLetterSubscription.hasReceived()
        || thumbnailSubscription.hasReceived();
  }

  /**
   * Sends each dead letter on, with the reason as attribute {@link DeadLetterMessage#REASON}. What
   * is acknowledged there stays among the {@link #deadLetters}, to be removed or replayed.
   */
  public Subscription deadLetterSubscription() {
    return deadLetterSubscription;
  }

  /**
   * Has each message that is published from now on too, for who makes thumbnails; what is
   * acknowledged or given up there changes nothing for who classifies. What fails there too often
   * is dropped, for a dead letter would end the image's work.
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
                  && insert(session, messageId, attributes.get(), now, now) == 1;
            });
    if (replayed) {
      published();
    }
    return replayed;
  }

  /** Also counts the dead letters. */
  @Override
  public QueueDepth depth(Instant now) {
    QueueDepth depth = super.depth(now);
    long dead =
        database.read(
            "count dead letters", session -> session.number("SELECT count(*) FROM dead_letters"));
    return new QueueDepth(depth.ready(), depth.inFlight(), depth.delayed(), dead);
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
}
