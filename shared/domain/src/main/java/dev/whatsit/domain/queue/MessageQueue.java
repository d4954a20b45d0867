package dev.whatsit.domain.queue;

import dev.whatsit.domain.failure.TransientFailure;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts messages into topics. Each subscription of a topic gets every message at least once, in any
 * order, possibly several times at the same moment. Delivery is not part of this port: the platform
 * sends events to functions, which acknowledge by succeeding.
 *
 * <p>A queue was opened for some topics; another one is an {@link IllegalArgumentException}.
 *
 * <p>Implementations are thread-safe. Every method has a deadline of its own, at most 15 seconds.
 */
public interface MessageQueue {
  /** The number of messages of one call. */
  int MAX_MESSAGES = 1_000;

  /**
   * Puts messages into a topic. When this returns, they are durable and will be delivered until
   * they are acknowledged or were delivered too often.
   *
   * <p>Attributes are small: at most 100 of them, names of at most 256 bytes that do not begin with
   * {@code goog}, values of at most 1,024 bytes; a platform that has these limits refuses others.
   * Only those of {@link Topic#DEAD_LETTERS} were written by anyone: there such a platform cuts
   * values, leaves attributes out, and adds {@code dead_letter_cut} when it had to.
   *
   * @param messages at most {@value #MAX_MESSAGES}; none is allowed. In {@link Topic#DEAD_LETTERS}
   *     a name stands for one letter: where letters are listed, a second one of that name is not
   *     kept
   * @param notBefore when they are delivered at the earliest; null for at once. They come within
   *     two seconds as a rule, and fractions of a second may be rounded up. A scheduled message
   *     makes due work exact and nothing more: the caller has written beforehand, where the sweep
   *     looks, what is due and when, and the receiver acknowledges what is no longer asked for. Of
   *     one {@link Message#name} and the same second, rounded up, one message is delivered, however
   *     often this is called before that; once it was delivered, the name may or may not bring
   *     another one in that second. Where {@link #schedules} is false this does nothing
   * @return the ids of the messages, in their order, each not blank and different from all others;
   *     of scheduled messages the names by which the platform knows them; empty where nothing is
   *     scheduled
   * @throws IllegalArgumentException if there are more messages than allowed
   * @throws TransientFailure if it is not known that all of them are in the queue; any may be all
   *     the same, and the call may be repeated
   */
  List<String> publish(Topic topic, List<Message> messages, @Nullable Instant notBefore);

  /**
   * Puts one message into a topic, to be delivered at once.
   *
   * @return its id
   * @throws TransientFailure if it is not known that it is in the queue
   */
  default String publish(Topic topic, Message message) {
    return publish(topic, List.of(message), null).get(0);
  }

  /** Whether messages can be scheduled. */
  boolean schedules();

  /**
   * Checks that a topic answers and may be published to, as cheaply as possible.
   *
   * @throws TransientFailure that says what is wrong and what to do
   */
  void check(Topic topic);
}
