package dev.whatsit.domain.queue;

/** A message with missing or invalid attributes. A retry cannot fix it, so it is not retried. */
public class UnreadableMessage extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With a description of what is missing or wrong. */
  public UnreadableMessage(String message) {
    super(message);
  }

  /** With a description of what is missing or wrong, and the cause. */
  public UnreadableMessage(String message, Throwable cause) {
    super(message, cause);
  }
}
