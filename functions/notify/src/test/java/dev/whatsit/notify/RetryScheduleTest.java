package dev.whatsit.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetryScheduleTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");

  private final RetrySchedule schedule = new RetrySchedule(new Random(20_261_121));

  @Test
  void next_sameAttempt_isJittered() {
    assertThat(schedule.next(2, NOW, Optional.empty(), NOW))
        .isNotEqualTo(schedule.next(2, NOW, Optional.empty(), NOW));
  }
}
