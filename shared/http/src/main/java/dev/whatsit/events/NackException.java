package dev.whatsit.events;

/**
 * Nacks an event, so that it is redelivered: an event function can nack only by throwing. It does
 * not mean that anything is broken.
 */
public final class NackException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NackException(String eventId) {
    super("event " + eventId + " must be delivered again", null, false, false);
  }
}
