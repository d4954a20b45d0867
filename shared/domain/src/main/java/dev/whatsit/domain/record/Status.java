package dev.whatsit.domain.record;

import java.util.Locale;
import java.util.Optional;

/** The state of an image's work. */
public enum Status {
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
