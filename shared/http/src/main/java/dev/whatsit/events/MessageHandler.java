package dev.whatsit.events;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.UnreadableMessage;

/**
 * Handles the deliveries of an event function, from both entry points. Messages are delivered at
 * least once, in any order, and duplicates may be delivered concurrently. Implementations are
 * thread-safe.
 */
public interface MessageHandler {
  /**
   * Handles one delivery.
   *
   * @throws TransientFailure if a port cannot be reached; the message must be redelivered
   */
  AckResult handle(ReceivedMessage received);

  /**
   * Handles a delivery that contains no readable message. Redelivery would not make it readable.
   *
   * @param received what could be read of it; its id may be a generated one
   * @throws TransientFailure if a port cannot be reached; the message must be redelivered
   */
  AckResult unreadable(ReceivedMessage received, UnreadableMessage why);
}
