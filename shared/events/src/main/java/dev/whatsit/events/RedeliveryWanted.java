package dev.whatsit.events;

/** Fails an event so that it is delivered again. Says nothing is broken. */
public final class RedeliveryWanted extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RedeliveryWanted(String eventId) {
    super("event " + eventId + " must be delivered again", null, false, false);
  }
}
