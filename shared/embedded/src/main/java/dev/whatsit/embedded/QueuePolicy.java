package dev.whatsit.embedded;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How the queue backs off, and when it gives up.
 *
 * @param base the longest wait after the first failure; more than zero
 * @param cap the longest wait ever; at least {@code base}
 * @param limit after how many counted deliveries a message is given up; at least 1
 */
public record QueuePolicy(Duration base, Duration cap, int limit) {
  /** From a second to ten minutes, 100 deliveries. */
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
   * How long to wait after a delivery that failed: between half of and the whole of {@code base}
   * doubled with each attempt, at most {@code cap}. The jitter keeps messages that failed together
   * from coming back together.
   *
   * @param attempt counted deliveries so far, from 1
   */
  Duration backOff(int attempt, RandomGenerator random) {
    // Past 2^40 any base of a nanosecond or more is beyond every sensible cap.
    double doubled = base.toNanos() * Math.pow(2, Math.min(attempt - 1, 40));
    long most = doubled < (double) cap.toNanos() ? (long) doubled : cap.toNanos();
    return Duration.ofNanos(most - random.nextLong(most / 2 + 1));
  }
}
