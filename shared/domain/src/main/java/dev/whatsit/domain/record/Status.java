package dev.whatsit.domain.record;

import java.util.Locale;
import java.util.Optional;

/** Where an image's work stands. */
public enum Status {
  /** Accepted, to be started at a later time. */
  SCHEDULED,
  /** Accepted, not yet known to be in the queue. */
  PENDING,
  /** In the queue. */
  QUEUED,
  /** Claimed by a classify function under a lease. */
  PROCESSING,
  /** Classified. Final. */
  SUCCESS,
  /** Failed for good. Final. */
  ERROR,
  /** Canceled before it was classified. Final. */
  CANCELED;

  /** Whether this status changes only when someone asks for a retry. */
  public boolean isFinal() {
    return this == SUCCESS || this == ERROR || this == CANCELED;
  }

  /** The word that clients see: the name in lower case. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The status with this word, or empty. */
  public static Optional<Status> ofWord(String word) {
    for (Status status : values()) {
      if (status.word().equals(word)) {
        return Optional.of(status);
      }
    }
    return Optional.empty();
  }
}
