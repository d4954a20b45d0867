package dev.whatsit.domain.queue;

/**
 * A message that does not say what it must. It will never be readable, so it is not tried again.
 */
public class UnreadableMessage extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With what is missing or wrong. */
  public UnreadableMessage(String message) {
    super(message);
  }

  /** With what is missing or wrong, and how it was found. */
  public UnreadableMessage(String message, Throwable cause) {
    super(message, cause);
  }
}
