package dev.whatsit.embedded;

import java.time.Instant;
import java.util.Map;

/**
 * A message that the queue no longer delivers.
 *
 * @param id of the dead letter, by which it is removed or replayed
 * @param messageId the queue's id of the message
 * @param attributes the attributes of the message as received, readable or not
 * @param reason why, one sentence for operators
 * @param deliveryAttempt how often the message was delivered; 0 if unknown
 * @param deadAt when it became a dead letter
 */
public record DeadLetter(
    String id,
    String messageId,
    Map<String, String> attributes,
    String reason,
    int deliveryAttempt,
    Instant deadAt) {
  public DeadLetter {
    attributes = Map.copyOf(attributes);
  }
}
