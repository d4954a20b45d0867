package dev.whatsit.domain.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackoffTest {
  private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(20), Duration.ofMillis(500));

  @ParameterizedTest
  @CsvSource({"1, 20", "2, 40", "3, 80", "5, 320", "6, 500", "7, 500", "1000000, 500"})
  void beforeRetry_isUpToALimitThatDoubles(int attempt, long millis) {
    Random random = new Random(3);
    Duration limit = Duration.ofMillis(millis);
    Duration longest = Duration.ZERO;
    Duration shortest = limit;
    for (int i = 0; i < 1000; i++) {
      Duration pause = BACKOFF.beforeRetry(attempt, random);
      assertThat(pause).isBetween(Duration.ZERO, limit);
      longest = pause.compareTo(longest) > 0 ? pause : longest;
      shortest = pause.compareTo(shortest) < 0 ? pause : shortest;
    }
    assertThat(longest).isGreaterThan(limit.multipliedBy(9).dividedBy(10));
    assertThat(shortest).isLessThan(limit.dividedBy(10));
  }

  @Test
  void beforeRetry_limitOfHours_doesNotOverflow() {
    Backoff backoff = new Backoff(Duration.ofHours(1), Duration.ofHours(48));
    RandomGenerator highest =
        new RandomGenerator() {
          @Override
          public long nextLong() {
            return Long.MAX_VALUE;
          }

          @Override
          public long nextLong(long bound) {
            return bound - 1;
          }
        };

    assertThat(backoff.beforeRetry(100, highest)).isEqualTo(Duration.ofHours(48));
  }
}
