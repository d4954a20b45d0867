package dev.whatsit.events;

import java.util.Map;

/**
 * A message as it came, before anyone asks whether it makes sense.
 *
 * @param messageId the queue's id of the message, the same for every delivery of it; not blank
 * @param attributes names and values; empty when it has none
 */
public record ReceivedMessage(String messageId, Map<String, String> attributes) {
  /** Takes a copy of the attributes. */
  public ReceivedMessage {
    attributes = Map.copyOf(attributes);
  }
}
