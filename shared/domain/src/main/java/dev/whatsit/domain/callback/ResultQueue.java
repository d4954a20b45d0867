package dev.whatsit.domain.callback;

import dev.whatsit.domain.failure.TransientFailure;

/**
 * Where the ends of work are put so that a notify function gets them: at least once, in any order,
 * possibly several times at the same moment. Implementations are safe for use by several threads.
 */
public interface ResultQueue {
  /**
   * Puts a message in. When this returns, the message is durable and will be delivered until it is
   * acknowledged or given up after many deliveries.
   *
   * @return the queue's id of the message, not blank, different for every call
   * @throws TransientFailure if it is not known that the message is in the queue; it may be in all
   *     the same
   */
  String publish(ResultMessage message);

  /**
   * Checks that the queue answers, as cheaply as can be.
   *
   * @throws TransientFailure saying what is wrong and what to do
   */
  void checkReachable();
}
