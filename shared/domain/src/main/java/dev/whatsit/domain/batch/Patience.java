package dev.whatsit.domain.batch;

import java.time.Duration;
import java.time.Instant;

/**
 * When to look again at what others carry: after five minutes, then each time when it is twice as
 * old, at least once an hour. What takes long is not asked about often, and what was lost early is
 * found early.
 */
final class Patience {
  private static final Duration LEAST = Duration.ofMinutes(5);
  private static final Duration MOST = Duration.ofHours(1);

  private Patience() {}

  static Instant until(Instant createdAt, Instant now) {
    Duration age = Duration.between(createdAt, now);
    if (age.compareTo(LEAST) < 0) {
      return now.plus(LEAST);
    }
    return now.plus(age.compareTo(MOST) > 0 ? MOST : age);
  }
}
