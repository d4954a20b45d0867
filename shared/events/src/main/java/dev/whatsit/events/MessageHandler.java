package dev.whatsit.events;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.UnreadableMessage;

/**
 * What a function does with one delivery, whichever door it came through. Messages come at least
 * once, in any order, and twice at the same time. Implementations are thread-safe.
 */
public interface MessageHandler {
  /**
   * Handles one delivery.
   *
   * @throws TransientFailure if a port cannot be reached; the message must come again
   */
  AckResult handle(ReceivedMessage received);

  /**
   * Handles a delivery in which there is no message, so that it will never be readable.
   *
   * @param received what could be made out of it; its id may be one made up for it
   * @throws TransientFailure if a port cannot be reached; the message must come again
   */
  AckResult unreadable(ReceivedMessage received, UnreadableMessage why);
}
