package dev.whatsit.domain.callback;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One delivery attempt and its result.
 *
 * @param at when the attempt began
 * @param httpStatus the response status, or null without a response
 * @param code stable upper-case word for the failure, or null when the receiver accepted the
 *     notification
 * @param millis duration of the attempt in milliseconds, at least 0
 */
public record CallbackAttempt(
    Instant at, @Nullable Integer httpStatus, @Nullable String code, long millis) {
  public CallbackAttempt {
    if (millis < 0) {
      throw new IllegalArgumentException("millis must not be negative: " + millis);
    }
  }
}
