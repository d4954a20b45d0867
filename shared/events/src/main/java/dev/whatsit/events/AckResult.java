package dev.whatsit.events;

/** What the queue is told of a message. Only the doors turn it into an answer. */
public enum AckResult {
  /** Done with: the message must not come again. */
  ACKNOWLEDGE,
  /** To be delivered again, backing off. */
  RETRY
}
