package dev.whatsit.domain.batch;

import java.time.Duration;
import java.time.Instant;

/**
 * Computes when unfinished work is checked again: after five minutes, then each time when its age
 * has doubled, at least once an hour. Work that stalls early is found early, and long-running work
 * is not checked often.
 */
final class RecheckBackoff {
  private static final Duration MIN_DELAY = Duration.ofMinutes(5);
  private static final Duration MAX_DELAY = Duration.ofHours(1);

  private RecheckBackoff() {}

  static Instant until(Instant createdAt, Instant now) {
    Duration age = Duration.between(createdAt, now);
    if (age.compareTo(MIN_DELAY) < 0) {
      return now.plus(MIN_DELAY);
    }
    return now.plus(age.compareTo(MAX_DELAY) > 0 ? MAX_DELAY : age);
  }
}
