package dev.whatsit.classifier.vision;

import dev.whatsit.domain.failure.Deferred;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Remembers that the service is out of order, so that not every image asks it anew: each request
 * counts against the ceiling, since one without an answer may have been billed. Safe for use by
 * several threads.
 */
final class Outage {
  static final String REASON = "CLASSIFIER_UNAVAILABLE";

  private static final Duration FIRST_REST = Duration.ofMinutes(1);
  private static final Duration LONGEST_REST = Duration.ofMinutes(10);

  private final InstantSource clock;
  private Instant restsUntil = Instant.MIN;
  private Duration rest = FIRST_REST;
  private String why = "";

  Outage(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * Refuses while the service is left in peace.
   *
   * @param spread how much later this image comes back than the first
   * @throws Deferred until it is asked again
   */
  synchronized void refuseWhileResting(Duration spread) {
    Instant now = clock.instant();
    if (now.isBefore(restsUntil)) {
      throw new Deferred(
          REASON,
          "Cloud Vision was unavailable (" + why + ") and is not asked until " + restsUntil,
          Duration.between(now, restsUntil).plus(spread));
    }
  }

  /** Begins a rest, or a longer one when the service has not been well since the last. */
  synchronized Deferred begin(Duration spread, VisionError cause) {
    Instant now = clock.instant();
    why = cause.said();
    if (!now.isBefore(restsUntil)) {
      restsUntil = now.plus(rest);
      Duration twice = rest.multipliedBy(2);
      rest = twice.compareTo(LONGEST_REST) < 0 ? twice : LONGEST_REST;
    }
    return new Deferred(
        REASON,
        "Cloud Vision is unavailable (" + why + ") and is not asked until " + restsUntil,
        Duration.between(now, restsUntil).plus(spread),
        cause);
  }

  /** The service has answered. */
  synchronized void end() {
    restsUntil = Instant.MIN;
    rest = FIRST_REST;
  }
}
