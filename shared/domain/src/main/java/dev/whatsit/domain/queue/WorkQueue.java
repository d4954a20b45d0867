package dev.whatsit.domain.queue;

import dev.whatsit.domain.failure.TransientFailure;
import java.util.Map;

/**
 * Where work is put so that a classify function gets it: at least once, in any order, possibly
 * several times at the same moment. Delivery is not part of this port: the queue sends events to
 * functions, which acknowledge by succeeding. Implementations are safe for use by several threads.
 */
public interface WorkQueue {
  /**
   * The attribute that carries the reason of {@link #deadLetter} where dead letters are sent on.
   */
  String DEAD_LETTER_REASON = "dead_letter_reason";

  /**
   * Puts a message in. When this returns, the message is durable and will be delivered until it is
   * acknowledged or ends among the dead letters.
   *
   * @return the queue's id of the message, not blank, different for every call
   * @throws TransientFailure if it is not known that the message is in the queue; it may be in all
   *     the same
   */
  String publish(WorkMessage message);

  /**
   * Puts a message that cannot be worked on among the dead letters, durably. They can be listed and
   * replayed by whoever operates the queue.
   *
   * @param messageId the queue's id of the message that failed
   * @param attributes the message as it came, readable or not
   * @param reason why, one sentence for operators
   * @throws TransientFailure if it is not known that it is there
   */
  void deadLetter(String messageId, Map<String, String> attributes, String reason);

  /**
   * Checks that the queue answers, as cheaply as can be.
   *
   * @throws TransientFailure saying what is wrong and what to do
   */
  void checkReachable();
}
