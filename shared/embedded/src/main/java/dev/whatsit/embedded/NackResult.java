package dev.whatsit.embedded;

/** The result of {@link Subscription#retry}. */
public enum NackResult {
  /** The message will be redelivered. */
  LATER,
  /** The message reached the delivery limit and is now a dead letter. */
  DEAD_LETTERED,
  /**
   * The message reached the delivery limit and was dropped: its subscription keeps no dead letters.
   */
  DROPPED,
  /**
   * The receipt is outdated: another delivery holds the message, or it no longer exists. Nothing
   * was changed.
   */
  OUTDATED
}
