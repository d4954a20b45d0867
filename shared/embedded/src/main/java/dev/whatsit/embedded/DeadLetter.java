package dev.whatsit.embedded;

import java.time.Instant;
import java.util.Map;

/**
 * A message that the queue has given up.
 *
 * @param id of the dead letter, by which it is removed or replayed
 * @param messageId the queue's id that the message had
 * @param attributes the message as it came, readable or not
 * @param reason why, one sentence for operators
 * @param deliveryAttempt how often it had been delivered, 0 when that is not known
 * @param deadAt when it was given up
 */
public record DeadLetter(
    String id,
    String messageId,
    Map<String, String> attributes,
    String reason,
    int deliveryAttempt,
    Instant deadAt) {
  /** Takes a copy of the attributes. */
  public DeadLetter {
    attributes = Map.copyOf(attributes);
  }
}
