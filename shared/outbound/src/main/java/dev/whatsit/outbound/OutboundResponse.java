package dev.whatsit.outbound;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The response to a small message. Its body is not read: a server that sends it slowly, or never,
 * would block the sender.
 *
 * @param status the status code, 200 to 599 from a conforming server
 * @param retryAfterTexts the values of {@code Retry-After} as received; a server may send several
 */
public record OutboundResponse(int status, List<String> retryAfterTexts) {
  /** The limit of {@link #retryAfter}; longer waits are cut to it. */
  public static final Duration MAX_RETRY_AFTER = Duration.ofDays(365);

  /** Copies the list. */
  public OutboundResponse {
    retryAfterTexts = List.copyOf(retryAfterTexts);
  }

  /** Whether the status is 2xx. */
  public boolean isSuccess() {
    return status / 100 == 2;
  }

  /**
   * How long the server asks clients to wait (RFC 9110 section 10.2.3): in seconds, or until one of
   * the three forms of a date (section 5.6.7). The longest wait if there are several; empty if none
   * is readable.
   *
   * @param now the time that a date is relative to
   * @return from zero to {@link #MAX_RETRY_AFTER}
   */
  public Optional<Duration> retryAfter(Instant now) {
    return retryAfterTexts.stream()
        .flatMap(text -> parse(text.strip(), now).stream())
        .max(Comparator.naturalOrder())
        .map(wait -> wait.compareTo(MAX_RETRY_AFTER) > 0 ? MAX_RETRY_AFTER : wait);
  }

  private static Optional<Duration> parse(String text, Instant now) {
    if (text.matches("[0-9]+")) {
      String digits = text.replaceFirst("^0+(?=.)", "");
      return Optional.of(
          digits.length() > 9 ? MAX_RETRY_AFTER : Duration.ofSeconds(Long.parseLong(digits)));
    }
    for (DateTimeFormatter form : dateForms(now)) {
      try {
        Instant date = form.parse(text, Instant::from);
        return Optional.of(date.isBefore(now) ? Duration.ZERO : Duration.between(now, date));
      } catch (DateTimeException e) {
        // Not in this form.
      }
    }
    return Optional.empty();
  }

  private static List<DateTimeFormatter> dateForms(Instant now) {
    // A year of two digits is at most 50 years in the future (RFC 9110 section 5.6.7).
    int firstYear = now.atOffset(ZoneOffset.UTC).getYear() - 49;
    DateTimeFormatter rfc850 =
        new DateTimeFormatterBuilder()
            .appendPattern("EEEE, dd-MMM-")
            .appendValueReduced(ChronoField.YEAR, 2, 2, firstYear)
            .appendPattern(" HH:mm:ss 'GMT'")
            .toFormatter(Locale.ENGLISH);
    DateTimeFormatter asctime =
        DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss uuuu", Locale.ENGLISH);
    return List.of(
        DateTimeFormatter.RFC_1123_DATE_TIME,
        rfc850.withZone(ZoneOffset.UTC),
        asctime.withZone(ZoneOffset.UTC));
  }
}
