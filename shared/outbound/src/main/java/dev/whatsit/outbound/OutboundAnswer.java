package dev.whatsit.outbound;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The response to a small message. Its body is not read: a server that sends it slowly, or never,
 * would block the sender.
 *
 * @param status the status code, 200 to 599 from a conforming server
 * @param retryAfterText the header {@code Retry-After} as received; null when there was none
 */
public record OutboundAnswer(int status, @Nullable String retryAfterText) {
  /** Whether the status is 2xx. */
  public boolean isSuccess() {
    return status / 100 == 2;
  }

  /**
   * How long the server asks clients to wait (RFC 9110 section 10.2.3); empty when it does not say
   * so, or not in a readable form.
   *
   * @param now the time that a date is relative to
   * @return zero or more, possibly years: the caller must limit it
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
