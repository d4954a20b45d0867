package dev.whatsit.sweep;

import dev.whatsit.domain.failure.TransientFailure;
import java.time.Clock;
import java.time.Instant;

/**
 * Until when a sweep may begin calls, of whatever kind. Thread-safe.
 *
 * @param end of that
 */
record Deadline(Instant end, Clock clock) {
  boolean isOver() {
    return !clock.instant().isBefore(end);
  }

  /**
   * To be called before each further call of one step.
   *
   * @throws TransientFailure if it is over; what is left of the step is the next sweep's
   */
  void check() {
    if (isOver()) {
      throw new TransientFailure("the time of this sweep is over");
    }
  }
}
