package dev.whatsit.embedded;

import dev.whatsit.domain.failure.Backoff;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Backoff and delivery limit of the queue.
 *
 * @param backoff the upper limits of the time that a message is hidden after a failed delivery
 * @param limit the number of counted deliveries after which a message is exhausted; at least 1
 */
public record QueuePolicy(Backoff backoff, int limit) {
  /** Backoff from one second to ten minutes, 100 deliveries. */
  public static final QueuePolicy DEFAULT =
      new QueuePolicy(new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(10)), 100);

  /**
   * The time that a message is hidden after a failed delivery: a random value between half and all
   * of the backoff's upper limit. The lower limit keeps a message that fails at once from using up
   * its deliveries during a short outage.
   *
   * @param attempt counted deliveries so far, from 1
   */
  Duration backOff(int attempt, RandomGenerator random) {
    long max = backoff.maxBeforeRetry(attempt).toNanos();
    return Duration.ofNanos(max - random.nextLong(max / 2 + 1));
  }
}
