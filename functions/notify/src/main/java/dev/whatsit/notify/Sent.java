package dev.whatsit.notify;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What came of sending once.
 *
 * @param httpStatus the answer's status, or null when there was no answer
 * @param code stable upper-case word for what went wrong, or null when it was received
 * @param retryAfter how long the receiver wants to be left alone, when it says so
 */
record Sent(@Nullable Integer httpStatus, @Nullable String code, Optional<Duration> retryAfter) {
  static final int GONE = 410;

  /** Whether it was received: any 2xx. */
  boolean isReceived() {
    return httpStatus != null && httpStatus / 100 == 2;
  }

  /** Whether the receiver wants no more of it. */
  boolean isGone() {
    return httpStatus != null && httpStatus == GONE;
  }
}
