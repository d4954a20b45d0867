package dev.whatsit.embedded;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Backoff and delivery limit of the queue.
 *
 * @param base the maximum backoff after the first failure; more than zero
 * @param cap the maximum backoff; at least {@code base}
 * @param limit the number of counted deliveries after which a message is exhausted; at least 1
 */
public record QueuePolicy(Duration base, Duration cap, int limit) {
  /** Backoff from one second to ten minutes, 100 deliveries. */
  public static final QueuePolicy DEFAULT =
      new QueuePolicy(Duration.ofSeconds(1), Duration.ofMinutes(10), 100);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the value that is out of range
   */
  public QueuePolicy {
    if (base.isNegative() || base.isZero()) {
      throw new IllegalArgumentException("base must be more than zero: " + base);
    }
    if (cap.compareTo(base) < 0) {
      throw new IllegalArgumentException("cap " + cap + " is below base " + base);
    }
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1: " + limit);
    }
  }

  /**
   * The backoff after a failed delivery: {@code base} doubled with each attempt, at most {@code
   * cap}, and of that a random value between half and all. The jitter keeps messages that failed
   * together from being redelivered together.
   *
   * @param attempt counted deliveries so far, from 1
   */
  Duration backOff(int attempt, RandomGenerator random) {
    // Beyond 2^40 any base of a nanosecond or more exceeds every sensible cap.
    double doubled = base.toNanos() * Math.pow(2, Math.min(attempt - 1, 40));
    long most = doubled < (double) cap.toNanos() ? (long) doubled : cap.toNanos();
    return Duration.ofNanos(most - random.nextLong(most / 2 + 1));
  }
}
