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
 * <p>Implementations are thread-safe. Every method has a deadline of its own, at most 15 seconds.
 */
public interface MessageQueue {
  /** The number of messages of one call. */
  int MAX_MESSAGES = 1_000;

  /**
   * Puts messages into a topic. When this returns they are durable and will be delivered until they
   * are acknowledged or were delivered too often.
   *
   * @param messages at most {@value #MAX_MESSAGES}; none is allowed. A message whose attributes are
   *     larger than the platform takes is put in without those that are longest and not needed, or
   *     is refused with {@link IllegalArgumentException} where the platform has no such rule
   * @param notBefore when they are delivered at the earliest, to the second; null for at once. A
   *     scheduled message makes due work exact and nothing more: the caller has written beforehand,
   *     where the sweep looks, what is due and when. Of one {@link Message#name} and the same
   *     second one message is delivered, however often this is called before that. A platform
   *     without a scheduler does nothing and returns no ids.
   * @return the ids of the messages, in their order, each different from all others; of scheduled
   *     messages the names by which the platform knows them
   * @throws TransientFailure if it is not known that all of them are in the queue; any may be all
   *     the same
   */
  List<String> publish(Topic topic, List<Message> messages, @Nullable Instant notBefore);

  /**
   * Checks that a topic answers and may be published to, as cheaply as possible.
   *
   * @throws TransientFailure that says what is wrong and what to do
   */
  void check(Topic topic);
}
