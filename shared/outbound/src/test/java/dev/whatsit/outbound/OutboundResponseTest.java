package dev.whatsit.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutboundResponseTest {
  private static final Instant NOW = Instant.parse("2026-11-06T08:00:00Z");

  /** RFC 9110 sections 10.2.3 and 5.6.7; several values are separated by a bar. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      ignoreLeadingAndTrailingWhitespace = true,
      value = {
        "0                                ; PT0S",
        "3600                             ; PT1H",
        "' 3600 '                         ; PT1H",
        "000000000000120                  ; PT2M",
        "999999999                        ; P365D",
        "99999999999                      ; P365D",
        "99999999999999999999999999999999 ; P365D",
        "Fri, 06 Nov 2026 08:01:00 GMT    ; PT1M",
        "Fri, 06 Nov 2026 07:59:59 GMT    ; PT0S",
        "Friday, 06-Nov-26 08:01:00 GMT   ; PT1M",
        "Sunday, 06-Nov-94 08:49:37 GMT   ; PT0S",
        "Friday, 06-Nov-76 08:01:00 GMT   ; P365D",
        "Fri Nov  6 08:01:00 2026         ; PT1M",
        "Mon Nov 16 08:00:00 2026         ; P10D",
        "Fri Nov  6 07:00:00 1998         ; PT0S",
        "120|120                          ; PT2M",
        "soon|60|30                       ; PT1M",
      })
  void retryAfter_secondsOrDate_areRead(String texts, Duration wait) {
    assertThat(retryAfter(texts)).hasValue(wait);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "soon",
        "-1",
        "+1",
        "1.5",
        "\u0661\u0662",
        "120, 120",
        "2026-11-21T08:01:00Z",
        "Fri, 31 Nov 2026 08:01:00 GMT",
        "Fri Nov  6 08:01:00",
      })
  void retryAfter_anythingElse_isEmpty(String text) {
    assertThat(retryAfter(text)).isEmpty();
  }

  private static Optional<Duration> retryAfter(String texts) {
    return new OutboundResponse(503, List.of(texts.split("\\|", -1))).retryAfter(NOW);
  }
}
