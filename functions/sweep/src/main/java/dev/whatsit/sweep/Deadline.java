package dev.whatsit.sweep;

import dev.whatsit.domain.failure.TransientFailure;
import java.time.Clock;
import java.time.Instant;

/**
 * The time limit for starting calls in a sweep of all kinds. Thread-safe.
 *
 * @param end from then on no call is started
 */
record Deadline(Instant end, Clock clock) {
  boolean isOver() {
    return !clock.instant().isBefore(end);
  }

  /**
   * Checks the time before each further call of one step.
   *
   * @throws TransientFailure if it is over; the next sweep does the rest of the step
   */
  void check() {
    if (isOver()) {
      throw new TransientFailure("the time of this sweep is over");
    }
  }
}
