package dev.whatsit.outbound;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a server answered to a small message. Its body is not read: who sends one slowly, or none,
 * would hold its sender up.
 *
 * @param status the status code, 200 to 599 of an honest server
 * @param retryAfterText the header {@code Retry-After} as it came; null when there was none
 */
public record OutboundAnswer(int status, @Nullable String retryAfterText) {
  /** Whether it is one of the 2xx. */
  public boolean isSuccess() {
    return status / 100 == 2;
  }

  /**
   * How long the server wants to be left alone (RFC 9110 section 10.2.3), empty when it does not
   * say so in a way that can be read.
   *
   * @param now from where a date is counted
   * @return zero or more, as much as years: who waits must bound it
   */
  public Optional<Duration> retryAfter(Instant now) {
    String text = retryAfterText == null ? "" : retryAfterText;
    if (text.matches("[0-9]{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
    }
    try {
      Instant date = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Optional.of(date.isBefore(now) ? Duration.ZERO : Duration.between(now, date));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
