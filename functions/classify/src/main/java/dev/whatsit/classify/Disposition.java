package dev.whatsit.classify;

/** What the queue is told of a message. Only the entry points turn it into an answer. */
enum Disposition {
  /** Done with: the message must not come again. */
  ACKNOWLEDGE,
  /** To be delivered again, backing off. */
  RETRY
}
