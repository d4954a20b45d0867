package dev.whatsit.domain.record;

import dev.whatsit.domain.document.EnumWord;

/** The state of an image's work. */
public enum Status implements EnumWord {
  /** Accepted, to start at a later time. */
  SCHEDULED,
  /** Accepted; its message is not yet known to be in the queue. */
  PENDING,
  /** In the queue. */
  QUEUED,
  /** Claimed by a classify function under a lease. */
  PROCESSING,
  /** Classified successfully. Final. */
  SUCCESS,
  /** Failed permanently. Final. */
  ERROR,
  /** Canceled before it was classified. Final. */
  CANCELED;

  /** Whether only a requested retry can change this status. */
  public boolean isFinal() {
    return this == SUCCESS || this == ERROR || this == CANCELED;
  }
}
