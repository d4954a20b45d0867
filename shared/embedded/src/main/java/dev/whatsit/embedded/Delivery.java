package dev.whatsit.embedded;

import java.time.Instant;
import java.util.Map;

/**
 * One delivery of a message. Its receiver holds it until it acks or nacks it, or until its
 * visibility timeout ends.
 *
 * @param messageId the queue's id of the message, the same for every delivery of it
 * @param receipt new for every delivery; only the newest one is valid
 * @param attributes the message
 * @param deliveryAttempt the number of counted deliveries, including this one, from 1
 * @param publishedAt when it was put into the queue
 */
public record Delivery(
    String messageId,
    String receipt,
    Map<String, String> attributes,
    int deliveryAttempt,
    Instant publishedAt) {
  public Delivery {
    attributes = Map.copyOf(attributes);
  }
}
