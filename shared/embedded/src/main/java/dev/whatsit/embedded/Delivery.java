package dev.whatsit.embedded;

import java.time.Instant;
import java.util.Map;

/**
 * One delivery of a message, held by its receiver until it is acknowledged, given back or no longer
 * hidden from others.
 *
 * @param messageId the queue's id of the message, the same for every delivery of it
 * @param receipt new for every delivery: only the newest one counts
 * @param attributes the message
 * @param deliveryAttempt deliveries that counted, this one included, from 1
 * @param publishedAt when it was put into the queue
 */
public record Delivery(
    String messageId,
    String receipt,
    Map<String, String> attributes,
    int deliveryAttempt,
    Instant publishedAt) {
  /** Takes a copy of the attributes. */
  public Delivery {
    attributes = Map.copyOf(attributes);
  }
}
