package dev.whatsit.domain.queue;

import dev.whatsit.domain.failure.TransientFailure;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Publishes messages to topics. Each subscription of a topic receives every message at least once,
 * in any order, possibly as concurrent duplicates. Delivery is not part of this port: the platform
 * sends events to functions, which ack by succeeding.
 *
 * <p>A queue is opened for a set of topics; a call with another topic throws {@link
 * IllegalArgumentException}.
 *
 * <p>Implementations are thread-safe. Every method has its own deadline, at most 15 seconds.
 */
public interface MessageQueue {
  /** The maximum number of messages of one call. */
  int MAX_MESSAGES = 1_000;

  /**
   * Publishes messages to a topic. When this returns, they survive the end of the process and will
   * be delivered until they are acked or their delivery attempts are exhausted. They survive a
   * power failure at the latest when a document does that is committed after them; what only a
   * message tells must not be acknowledged before.
   *
   * <p>Attributes are small: at most 100 of them, names of at most 256 bytes that do not begin with
   * {@code goog}, values of at most 1,024 bytes; a platform with these limits rejects others. Only
   * the attributes in {@link Topic#DEAD_LETTERS} come from untrusted input: there such a platform
   * truncates values, drops attributes, and then adds {@code dead_letter_cut}.
   *
   * @param messages at most {@value #MAX_MESSAGES}; an empty list is allowed. In {@link
   *     Topic#DEAD_LETTERS} a name identifies one dead letter: where dead letters are listed, a
   *     second one with that name is not stored
   * @param notBefore the earliest delivery time; null for at once. Delivery is usually within two
   *     seconds after it, and fractions of a second may be rounded up. A scheduled message only
   *     makes the start of due work more exact: the caller must first store what is due and when,
   *     where the sweep finds it, and the receiver acks a message for work that is no longer
   *     wanted. Messages with the same {@link Message#name} and the same second, rounded up, that
   *     are scheduled before that second are delivered once; after that delivery, another call with
   *     the same name and second may or may not deliver again. Where {@link #schedules} is false, a
   *     call with {@code notBefore} does nothing
   * @return the ids of the messages, in order, each not blank and unique; for scheduled messages
   *     the names that the platform gave them; empty when {@code notBefore} is set and {@link
   *     #schedules} is false
   * @throws IllegalArgumentException if there are too many messages
   * @throws TransientFailure if it is not known whether all of them are in the queue; any of them
   *     may be, and the call may be repeated
   */
  List<String> publish(Topic topic, List<Message> messages, @Nullable Instant notBefore);

  /**
   * Publishes one message to a topic, to be delivered at once.
   *
   * @return its id
   * @throws TransientFailure if it is not known whether it is in the queue
   */
  default String publish(Topic topic, Message message) {
    return publish(topic, List.of(message), null).get(0);
  }

  /** Whether messages can be scheduled for later delivery. */
  boolean schedules();

  /**
   * Checks as cheaply as possible that a topic is reachable and may be published to.
   *
   * @throws TransientFailure that says what is wrong and what to do
   */
  void check(Topic topic);
}
