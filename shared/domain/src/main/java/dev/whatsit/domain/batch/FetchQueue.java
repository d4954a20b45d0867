package dev.whatsit.domain.batch;

import dev.whatsit.domain.failure.TransientFailure;
import java.util.List;

/**
 * Where open items are put, so that a fetch function carries them on: at least once, in any order,
 * possibly several times at the same moment. Implementations are safe for use by several threads.
 */
public interface FetchQueue {
  /**
   * Puts messages in. When this returns, they are durable and will be delivered until they are
   * acknowledged or given up after many deliveries.
   *
   * @param messages at most {@link Batch#MOST_ITEMS}; none is allowed
   * @throws TransientFailure if it is not known that all of them are in the queue; any may be all
   *     the same
   */
  void publish(List<FetchMessage> messages);

  /**
   * Checks that the queue answers, as cheaply as can be.
   *
   * @throws TransientFailure saying what is wrong and what to do
   */
  void checkReachable();
}
