package dev.whatsit.embedded;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.Message;
import dev.whatsit.embedded.Database.Layout;
import dev.whatsit.embedded.Database.Outlives;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * A queue without dead letters: what fails there too often is told in the log and dropped. For
 * messages that stand for what is written elsewhere, where the sweep finds what was not done.
 *
 * <p>Safe for use by several threads and processes. Every method throws {@link TransientFailure}
 * when it is not known whether it was done.
 */
final class DroppingQueue extends SqliteSubscription {
  /** Before these queues had a layout of their own. */
  private static final int SHARED_VERSIONS = 3;

  private static final Rows MESSAGES = Rows.messages("messages", true);
  private static final EventLog LOG = EventLog.of(DroppingQueue.class);

  private final String name;
  private final InstantSource clock;

  /**
   * The layout of a file for one of them, which once was a work queue's.
   *
   * @param name for messages
   */
  static Layout layout(String name) {
    List<List<String>> versions =
        new ArrayList<>(SqliteWorkQueue.LAYOUT.versions().subList(0, SHARED_VERSIONS));
    versions.add(List.of("DROP TABLE dead_letters", "DROP TABLE thumbnail_messages"));
    return new Layout(name, versions);
  }

  /**
   * The queue in an open database of its own.
   *
   * @param name for the log
   * @param clock when messages are published: the ports do not say
   * @param random for the jitter; safe for use by several threads
   */
  DroppingQueue(
      String name,
      Database database,
      InstantSource clock,
      QueuePolicy policy,
      RandomGenerator random) {
    this(name, database, MESSAGES, clock, policy, policy.limit(), random);
  }

  /** The same in another table, with another limit. */
  DroppingQueue(
      String name,
      Database database,
      Rows rows,
      InstantSource clock,
      QueuePolicy policy,
      int limit,
      RandomGenerator random) {
    super(database, rows, policy, limit, random);
    this.name = name;
    this.clock = clock;
  }

  /** Puts a message in; {@code what} is for failures. Returns the message's id. */
  String publish(String what, Map<String, String> attributes) {
    return publishAll("publish " + what, List.of(attributes)).get(0);
  }

  /**
   * Puts messages in, all or none.
   *
   * @param action for messages about failures
   * @return the messages' ids
   */
  List<String> publishAll(String action, List<Map<String, String>> messages) {
    Instant now = clock.instant();
    List<String> ids = messages.stream().map(message -> MessageIds.next(now)).toList();
    database()
        .write(
            action,
            Outlives.POWER_FAILURE,
            session -> {
              for (int i = 0; i < ids.size(); i++) {
                insert(session, ids.get(i), json(messages.get(i)), now, now);
              }
              return ids;
            });
    published();
    return ids;
  }

  /**
   * Puts a message in that nobody receives before it is due, one for each name and second.
   *
   * @return its id
   */
  String schedule(Message message, Instant notBefore) {
    Instant now = clock.instant();
    String messageId = scheduledId(message, notBefore);
    database()
        .write(
            "schedule message " + message.name(),
            Outlives.POWER_FAILURE,
            session -> insert(session, messageId, json(message.attributes()), now, notBefore));
    published();
    return messageId;
  }

  void checkReachable() {
    database().checkReachable();
  }

  @Override
  void bury(Session session, Delivery delivery, int attempts, Instant now) {}

  @Override
  void tellGivenUp(List<Delivery> deliveries) {
    for (Delivery delivery : deliveries) {
      LOG.error(
          "message dropped after its last try",
          Labels.of("queue", name)
              .and("message", delivery.messageId())
              .and("attributes", delivery.attributes()),
          null);
    }
  }

  @Override
  Retried givenUp(Instant now) {
    return new Retried.Dropped(now);
  }
}
