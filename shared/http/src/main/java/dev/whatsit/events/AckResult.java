package dev.whatsit.events;

/** Whether a delivery is acked or nacked. Only the entry points turn it into a response. */
public enum AckResult {
  /** Ack: the message must not be redelivered. */
  ACKNOWLEDGE,
  /** Nack: the message is redelivered with backoff. */
  RETRY
}
