package dev.whatsit.domain.document;

import com.google.gson.JsonPrimitive;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;

/**
 * Formats instants for documents: RFC 3339 in UTC, truncated to exactly three decimals, so that
 * they sort as text. For the years 0000 to 9999.
 */
public final class Instants {
  /** The last instant that a document can hold. */
  public static final Instant MAX = Instant.parse("9999-12-31T23:59:59.999Z");

  private static final DateTimeFormatter MILLIS =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

  private Instants() {}

  /** Formats an instant, for example {@code 2026-11-21T08:19:44.497Z}. */
  public static String text(Instant instant) {
    return MILLIS.format(instant);
  }

  /** As {@link #text}, as a JSON value. */
  public static JsonPrimitive primitive(Instant instant) {
    return new JsonPrimitive(text(instant));
  }
}
