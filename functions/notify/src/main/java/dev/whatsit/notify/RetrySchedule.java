package dev.whatsit.notify;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The backoff of callback retries: the example of Standard Webhooks 1.0 ("Deliverability and
 * reliability"), from five seconds to a day, three days in all. Each wait has a jitter of up to a
 * fifth in both directions, so that callbacks that failed together are not retried together.
 * Thread-safe.
 */
final class RetrySchedule {
  private static final List<Duration> WAITS =
      List.of(
          Duration.ofSeconds(5),
          Duration.ofMinutes(5),
          Duration.ofMinutes(30),
          Duration.ofHours(2),
          Duration.ofHours(5),
          Duration.ofHours(10),
          Duration.ofHours(14),
          Duration.ofHours(20),
          Duration.ofHours(24));

  /** The maximum wait that a receiver can request. */
  private static final Duration MAX_REQUESTED = Duration.ofDays(1);

  /** The maximum time from the first due time to an attempt, with jitter and requested waits. */
  private static final Duration MAX_TOTAL = Duration.ofDays(5);

  private static final double JITTER = 0.2;

  private final RandomGenerator random;

  RetrySchedule(RandomGenerator random) {
    this.random = random;
  }

  /**
   * When the next attempt is due; empty when the attempts or the total time are exhausted.
   *
   * @param attempts how many attempts failed, at least 1
   * @param since when the first attempt was due
   * @param requested the wait that the receiver requested, if any
   */
  Optional<Instant> next(int attempts, Instant since, Optional<Duration> requested, Instant now) {
    if (attempts > WAITS.size()) {
      return Optional.empty();
    }
    Duration wait = WAITS.get(attempts - 1);
    double factor = 1 - JITTER + 2 * JITTER * random.nextDouble();
    Duration jittered = Duration.ofMillis((long) (wait.toMillis() * factor));
    Duration bounded =
        requested.filter(it -> it.compareTo(MAX_REQUESTED) < 0).orElse(MAX_REQUESTED);
    Instant due =
        now.plus(requested.isPresent() && bounded.compareTo(jittered) > 0 ? bounded : jittered);
    return isTooLate(since, due) ? Optional.empty() : Optional.of(due);
  }

  /** Whether an attempt at {@code due} is too late for a callback first due at {@code since}. */
  static boolean isTooLate(Instant since, Instant due) {
    return due.isAfter(since.plus(MAX_TOTAL));
  }
}
