package dev.whatsit.domain.callback;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What was tried once, and what came back.
 *
 * @param at when it was begun
 * @param httpStatus the answer's status, or null when there was no answer
 * @param code stable upper-case word for what went wrong, or null when it was received
 * @param millis how long it took, at least 0
 */
public record CallbackAttempt(
    Instant at, @Nullable Integer httpStatus, @Nullable String code, long millis) {
  /**
   * Checks the range.
   *
   * @throws IllegalArgumentException if the time is negative
   */
  public CallbackAttempt {
    if (millis < 0) {
      throw new IllegalArgumentException("millis must not be negative: " + millis);
    }
  }
}
