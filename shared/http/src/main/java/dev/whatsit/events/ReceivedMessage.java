package dev.whatsit.events;

import java.util.Map;

/**
 * A message as received, before its attributes are validated.
 *
 * @param messageId the queue's id of the message, the same for every delivery of it; not blank
 * @param attributes names and values; empty when it has none
 */
public record ReceivedMessage(String messageId, Map<String, String> attributes) {
  /** Copies the attributes. */
  public ReceivedMessage {
    attributes = Map.copyOf(attributes);
  }
}
