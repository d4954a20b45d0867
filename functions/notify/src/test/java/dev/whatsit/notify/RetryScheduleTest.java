package dev.whatsit.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetryScheduleTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");

  private final RetrySchedule schedule = new RetrySchedule(new Random(20_261_121));

  @Test
  void next_failsAgainAndAgain_growsOverAboutThreeDaysAndEnds() {
    Instant now = NOW;
    Duration before = Duration.ZERO;
    int tries = 1;
    Optional<Instant> next = schedule.next(tries, NOW, Optional.empty(), now);
    while (next.isPresent()) {
      Duration wait = Duration.between(now, next.get());
      assertThat(wait).as("wait " + tries).isGreaterThan(before.dividedBy(2));
      before = wait;
      now = next.get();
      tries++;
      next = schedule.next(tries, NOW, Optional.empty(), now);
    }

    assertThat(tries).isEqualTo(10);
    assertThat(Duration.between(NOW, now))
        .isBetween(Duration.ofDays(3).minusHours(15), Duration.ofDays(3).plusHours(20));
  }

  @Test
  void next_sameTry_isJittered() {
    assertThat(schedule.next(2, NOW, Optional.empty(), NOW))
        .isNotEqualTo(schedule.next(2, NOW, Optional.empty(), NOW));
  }

  @Test
  void next_askedToWaitLonger_waitsAsLongButNoMoreThanADay() {
    assertThat(schedule.next(1, NOW, Optional.of(Duration.ofHours(1)), NOW))
        .hasValue(NOW.plus(Duration.ofHours(1)));
    assertThat(schedule.next(1, NOW, Optional.of(Duration.ofDays(365)), NOW))
        .hasValue(NOW.plus(Duration.ofDays(1)));
    assertThat(schedule.next(2, NOW, Optional.of(Duration.ZERO), NOW).orElseThrow())
        .isAfter(NOW.plusSeconds(200));
  }

  @Test
  void next_tooLongAgo_isGivenUp() {
    assertThat(schedule.next(2, NOW, Optional.empty(), NOW.plus(Duration.ofDays(6)))).isEmpty();
  }
}
