package dev.whatsit.embedded;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.reflect.TypeToken;
import dev.whatsit.domain.queue.Message;
import dev.whatsit.embedded.Database.Outlives;
import java.sql.ResultSet;
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
 * A subscription whose messages are the rows of a table. What receiving, acknowledging and giving
 * back come to is here; what becomes of a message after its last delivery is the subclass's.
 *
 * <p>Receiving and acknowledging outlive the process but may be undone by a power failure, which
 * costs one more delivery. Safe for use by several threads and processes.
 */
abstract class SqliteSubscription implements Subscription {
  /** Deliveries without an end. */
  static final int ENDLESS = Integer.MAX_VALUE;

  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();
  private static final TypeToken<Map<String, String>> ATTRIBUTES = new TypeToken<>() {};

  private final Database database;
  private final Rows rows;
  private final QueuePolicy policy;
  private final int limit;
  private final RandomGenerator random;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean received;

  /**
   * The rows' table. All have {@code receipt}, which is set while a delivery holds the message, and
   * {@code attributes}.
   *
   * @param table its name
   * @param id column of what a delivery has as its message's id
   * @param visibleAt column of when it can be received; null when never more
   * @param deliveries column that counts them
   * @param publishedAt column of since when it is there
   * @param more columns that a delivery is read from too, with a comma before each
   * @param notesDeferral whether the column {@code deferred} is set while a message waits for
   *     somebody else's lease
   */
  record Rows(
      String table,
      String id,
      String visibleAt,
      String deliveries,
      String publishedAt,
      String more,
      boolean notesDeferral) {
    /** Those of a table of messages. */
    static Rows messages(String table, boolean notesDeferral) {
      return new Rows(
          table, "message_id", "visible_at", "deliveries", "published_at", "", notesDeferral);
    }

    String receive() {
      return """
      UPDATE %1$s SET %3$s = ?, receipt = ?%5$s, %4$s = %4$s + 1
      WHERE %2$s IN (SELECT %2$s FROM %1$s WHERE %3$s <= ? ORDER BY %3$s LIMIT ?)
      RETURNING %2$s, receipt, attributes, %4$s, %6$s%7$s
      """
          .formatted(table, id, visibleAt, deliveries, deferred(0), publishedAt, more);
    }

    private String giveBack(int deferral) {
      return """
      UPDATE %1$s SET %3$s = ?, receipt = NULL%5$s, %4$s = %4$s - ?
      WHERE %2$s = ? AND receipt = ?
      """
          .formatted(table, id, visibleAt, deliveries, deferred(deferral));
    }

    private String insert() {
      return """
      INSERT INTO %s
        (message_id, attributes, published_at, visible_at, deliveries, receipt%s)
      VALUES (?, ?, ?, ?, 0, NULL%s)
      ON CONFLICT (message_id) DO UPDATE SET visible_at = min(visible_at, excluded.visible_at)
      WHERE deliveries = 0
      """
          .formatted(table, notesDeferral ? ", deferred" : "", notesDeferral ? ", 0" : "");
    }

    private String release() {
      return """
      UPDATE %1$s SET %2$s = min(%2$s, ?), receipt = NULL%3$s
      WHERE receipt IS NOT NULL%4$s
      """
          .formatted(table, visibleAt, deferred(0), notesDeferral ? " OR deferred = 1" : "");
    }

    private String next() {
      return "SELECT %1$s FROM %2$s WHERE %1$s IS NOT NULL ORDER BY %1$s LIMIT 1"
          .formatted(visibleAt, table);
    }

    private String depth() {
      return """
      SELECT
        count(*) FILTER (WHERE %2$s <= ?1),
        count(*) FILTER (WHERE %2$s > ?1 AND receipt IS NOT NULL),
        count(*) FILTER (WHERE %2$s > ?1 AND receipt IS NULL)
      FROM %1$s
      """
          .formatted(table, visibleAt);
    }

    private String deferred(int value) {
      return notesDeferral ? ", deferred = " + value : "";
    }
  }

  /**
   * The rows in an open database.
   *
   * @param limit after how many counted deliveries a message is given up, or {@link #ENDLESS}
   * @param random for the jitter; safe for use by several threads
   */
  SqliteSubscription(
      Database database, Rows rows, QueuePolicy policy, int limit, RandomGenerator random) {
    this.database = database;
    this.rows = rows;
    this.policy = policy;
    this.limit = limit;
    this.random = random;
  }

  /**
   * Keeps what is to be kept of a message that is given up, in the transaction that has removed it.
   *
   * @param attempts its deliveries
   */
  abstract void bury(Session session, Delivery delivery, int attempts, Instant now)
      throws SQLException;

  /** Tells of messages that were given up, once that is committed. */
  abstract void tellGivenUp(List<Delivery> deliveries);

  /** What giving a message back comes to after its last delivery. */
  abstract Retried givenUp(Instant now);

  /** Ends a message that is acknowledged. */
  int remove(Session session, Delivery delivery) throws SQLException {
    return session.update(
        "DELETE FROM " + rows.table() + " WHERE " + rows.id() + " = ? AND receipt = ?",
        delivery.messageId(),
        delivery.receipt());
  }

  /** A delivery from its columns. */
  Delivery delivery(ResultSet row) throws SQLException {
    return new Delivery(
        row.getString(1),
        row.getString(2),
        attributes(row.getString(3)),
        row.getInt(4),
        Instants.ofNanos(row.getLong(5)));
  }

  final Database database() {
    return database;
  }

  /**
   * Takes messages that are due, the longest due first, and hides them from others. A message that
   * was delivered as often as it may be, and never acknowledged, is given up instead.
   *
   * @param max how many at most; at least 1
   * @param visibility how long they are hidden; more than zero
   * @return none to {@code max} deliveries
   */
  @Override
  public List<Delivery> receive(int max, Duration visibility, Instant now) {
    received = true;
    String receipt = UUID.randomUUID().toString();
    List<Delivery> taken =
        database.write(
            "receive messages",
            Outlives.PROCESS,
            session -> {
              List<Delivery> all =
                  session.list(
                      rows.receive(),
                      this::delivery,
                      Instants.toNanos(now.plus(visibility)),
                      receipt,
                      Instants.toNanos(now),
                      max);
              for (Delivery delivery : all) {
                if (isTooMuch(delivery)) {
                  remove(session, delivery);
                  bury(session, delivery, limit, now);
                }
              }
              return all;
            });
    List<Delivery> deliveries = new ArrayList<>(taken);
    // RETURNING keeps no order; ids ascend with time.
    deliveries.sort(Comparator.comparing(Delivery::messageId));
    List<Delivery> ended = deliveries.stream().filter(this::isTooMuch).toList();
    if (!ended.isEmpty()) {
      deliveries.removeAll(ended);
      tellGivenUp(ended);
    }
    return deliveries;
  }

  private boolean isTooMuch(Delivery delivery) {
    return delivery.deliveryAttempt() > limit;
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
   * Gives a message back after a failure, to be delivered again after a while that grows; or gives
   * it up when it was delivered as often as it may be.
   */
  @Override
  public Retried retry(Delivery delivery, Instant now) {
    boolean last = delivery.deliveryAttempt() >= limit;
    Instant again = now.plus(policy.backOff(delivery.deliveryAttempt(), random));
    int changed =
        database.write(
            "retry message " + delivery.messageId(),
            last ? Outlives.POWER_FAILURE : Outlives.PROCESS,
            session -> {
              if (!last) {
                return giveBack(session, delivery, again, 0, 0);
              }
              int removed = remove(session, delivery);
              if (removed == 1) {
                bury(session, delivery, delivery.deliveryAttempt(), now);
              }
              return removed;
            });
    if (changed == 0) {
      return new Retried.Outdated();
    }
    if (last) {
      tellGivenUp(List.of(delivery));
    }
    return last ? givenUp(now) : new Retried.Later(again);
  }

  @Override
  public void defer(Delivery delivery, Instant until) {
    database.write(
        "defer message " + delivery.messageId(),
        Outlives.PROCESS,
        session -> giveBack(session, delivery, until, 1, 1));
  }

  private int giveBack(Session session, Delivery delivery, Instant at, int deferral, int uncounted)
      throws SQLException {
    return session.update(
        rows.giveBack(deferral),
        Instants.toNanos(at),
        uncounted,
        delivery.messageId(),
        delivery.receipt());
  }

  @Override
  public Optional<Instant> nextVisibleAt() {
    return database
        .read("look for messages", session -> session.first(rows.next(), row -> row.getLong(1)))
        .map(Instants::ofNanos);
  }

  @Override
  public QueueDepth depth(Instant now) {
    return database.read(
        "count messages",
        session ->
            session
                .first(
                    rows.depth(),
                    row -> new QueueDepth(row.getLong(1), row.getLong(2), row.getLong(3), 0),
                    Instants.toNanos(now))
                .orElseThrow());
  }

  @Override
  public void onPublish(Runnable listener) {
    listeners.add(listener);
  }

  /** Tells those who wait for messages, once they are committed. */
  final void published() {
    listeners.forEach(Runnable::run);
  }

  /** Whether messages were received through this object: then some may be in living hands. */
  boolean hasReceived() {
    return received;
  }

  /**
   * Makes every message visible that waits for somebody: those in flight and those deferred. Those
   * that back off after a failure go on doing so. Only for a start that knows that every earlier
   * receiver is dead.
   *
   * @return how many
   */
  int releaseAll(Instant now) {
    return database.write(
        "make messages visible", Outlives.PROCESS, session -> releaseAll(session, now));
  }

  /** The same as a part of a transaction. */
  int releaseAll(Session session, Instant now) throws SQLException {
    return session.update(rows.release(), Instants.toNanos(now));
  }

  /**
   * Puts a message in as a part of a transaction; of several with one id that nobody has received
   * the earliest time counts.
   *
   * @param dueAt from when on it is received
   * @return 0 when one with this id was received before
   */
  final int insert(Session session, String messageId, String attributes, Instant now, Instant dueAt)
      throws SQLException {
    return session.update(
        rows.insert(), messageId, attributes, Instants.toNanos(now), Instants.toNanos(dueAt));
  }

  /** The id of a scheduled message: its name and the second in which it is due, rounded up. */
  static String scheduledId(Message message, Instant notBefore) {
    return message.name() + "-" + notBefore.plusNanos(999_999_999).getEpochSecond();
  }

  static String json(Map<String, String> attributes) {
    return GSON.toJson(attributes);
  }

  static Map<String, String> attributes(@Nullable String json) {
    return GSON.fromJson(json, ATTRIBUTES);
  }
}
