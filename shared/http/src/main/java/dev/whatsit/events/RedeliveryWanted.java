package dev.whatsit.events;

/** Nacks an event, so that it is redelivered. It does not mean that anything is broken. */
public final class RedeliveryWanted extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RedeliveryWanted(String eventId) {
    super("event " + eventId + " must be delivered again", null, false, false);
  }
}
