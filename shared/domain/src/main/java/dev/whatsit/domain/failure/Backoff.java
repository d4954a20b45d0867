package dev.whatsit.domain.failure;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Exponential backoff with full jitter: before retry n a random time from zero to {@code first ×
 * 2^(n-1)}, at most {@code max}. Immutable and thread-safe.
 *
 * @param first the upper limit before the first retry, more than zero
 * @param max the upper limit before any retry, at least {@code first}
 * @see <a
 *     href="https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/">Exponential
 *     Backoff And Jitter</a>
 */
public record Backoff(Duration first, Duration max) {
  private static final int MAX_DOUBLINGS = 30;

  public Backoff {
    if (first.isZero() || first.isNegative() || max.compareTo(first) < 0) {
      throw new IllegalArgumentException("not 0 < first <= max: " + first + ", " + max);
    }
  }

  /**
   * A random time to wait before a retry.
   *
   * @param attempt the number of the retry, from 1
   */
  public Duration beforeRetry(int attempt, RandomGenerator random) {
    return Duration.ofNanos(random.nextLong(maxBeforeRetry(attempt).toNanos() + 1));
  }

  /**
   * The upper limit of the time to wait before a retry.
   *
   * @param attempt the number of the retry, from 1
   */
  public Duration maxBeforeRetry(int attempt) {
    Duration limit = first.multipliedBy(1L << Math.min(attempt - 1, MAX_DOUBLINGS));
    return limit.compareTo(max) > 0 ? max : limit;
  }
}
