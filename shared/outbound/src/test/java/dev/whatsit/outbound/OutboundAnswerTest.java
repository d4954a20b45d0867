package dev.whatsit.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutboundAnswerTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");

  @Test
  void retryAfter_secondsOrDate_areRead() {
    assertThat(answer("0").retryAfter(NOW)).contains(Duration.ZERO);
    assertThat(answer("3600").retryAfter(NOW)).contains(Duration.ofHours(1));
    assertThat(answer("Sat, 21 Nov 2026 08:01:00 GMT").retryAfter(NOW))
        .contains(Duration.ofMinutes(1));
    assertThat(answer("Sat, 21 Nov 2026 07:00:00 GMT").retryAfter(NOW)).contains(Duration.ZERO);
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", "soon", "-1", "1.5", "99999999999999", "2026-11-21T08:01:00Z"})
  void retryAfter_anythingElse_isNone(String text) {
    assertThat(answer(text).retryAfter(NOW)).isEmpty();
  }

  private static OutboundAnswer answer(String retryAfter) {
    return new OutboundAnswer(503, retryAfter);
  }
}
