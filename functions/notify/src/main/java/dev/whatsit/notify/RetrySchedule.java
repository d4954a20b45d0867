package dev.whatsit.notify;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * When to try again: the example of Standard Webhooks 1.0 ("Deliverability and reliability"), from
 * five seconds to a day, three days in all, each wait a fifth longer or shorter at random so that
 * what failed together does not come together. Thread-safe.
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

  /** However long a receiver asks for. */
  private static final Duration MAX_REQUESTED = Duration.ofDays(1);

  /** With every wait as long as it can be, or as a receiver asks. */
  private static final Duration MAX_TOTAL = Duration.ofDays(5);

  private static final double JITTER = 0.2;

  private final RandomGenerator random;

  RetrySchedule(RandomGenerator random) {
    this.random = random;
  }

  /**
   * When the next try is due, empty when it is given up.
   *
   * @param tries how many failed, at least 1
   * @param since when the first was due
   * @param asked how long the receiver wants to be left alone, if it says so
   */
  Optional<Instant> next(int tries, Instant since, Optional<Duration> asked, Instant now) {
    if (tries > WAITS.size()) {
      return Optional.empty();
    }
    Duration wait = WAITS.get(tries - 1);
    double factor = 1 - JITTER + 2 * JITTER * random.nextDouble();
    Duration jittered = Duration.ofMillis((long) (wait.toMillis() * factor));
    Duration bounded = asked.filter(it -> it.compareTo(MAX_REQUESTED) < 0).orElse(MAX_REQUESTED);
    Instant due =
        now.plus(asked.isPresent() && bounded.compareTo(jittered) > 0 ? bounded : jittered);
    return isTooLate(since, due) ? Optional.empty() : Optional.of(due);
  }

  /** Whether a try at an instant comes too late for what was first due so long before. */
  static boolean isTooLate(Instant since, Instant due) {
    return due.isAfter(since.plus(MAX_TOTAL));
  }
}
