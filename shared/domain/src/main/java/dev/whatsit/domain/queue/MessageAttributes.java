package dev.whatsit.domain.queue;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads the attributes of messages, the form in which every queue transports them. A
 * reader ignores unknown attributes and an invalid trace; for anything else that is missing or
 * wrong the methods throw an {@link UnreadableMessage} that names the attribute and shows the
 * beginning of its value. Not thread-safe.
 */
public final class MessageAttributes {
  /**
   * RFC 3339 has four digits for the year, and stores overflow on later instants that {@link
   * Instant} allows.
   */
  static final Instant EARLIEST = Instant.parse("0000-01-01T00:00:00Z");

  static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999999Z");

  private static final String TRACE = "traceparent";
  private static final int MAX_SHOWN = 40;

  private final Map<String, String> values;

  /** Empty attributes, to be written. */
  public MessageAttributes() {
    this(Map.of());
  }

  /** Attributes to be read. */
  public MessageAttributes(Map<String, String> values) {
    this.values = new LinkedHashMap<>(values);
  }

  public MessageAttributes put(String name, Object value) {
    values.put(name, value.toString());
    return this;
  }

  /** Sets {@code traceparent}, unless {@code trace} is null. */
  public MessageAttributes putTrace(@Nullable TraceParent trace) {
    return trace == null ? this : put(TRACE, trace.text());
  }

  public Map<String, String> toMap() {
    return Map.copyOf(values);
  }

  public boolean has(String name) {
    return values.containsKey(name);
  }

  /** A required attribute. */
  public String required(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new UnreadableMessage("attribute " + name + " is missing");
    }
    return value;
  }

  /**
   * A required attribute of a given form.
   *
   * @param parser empty when the value does not have the form
   * @param form description of the form, used in the error message after the attribute and its
   *     value
   */
  public <T> T required(String name, Function<String, Optional<T>> parser, String form) {
    return parser.apply(required(name)).orElseThrow(() -> wrong(name, form));
  }

  /** A required whole number, from {@code min} to {@code max} inclusive. */
  public long number(String name, long min, long max) {
    String value = required(name);
    try {
      long number = Long.parseLong(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, together with values out of range.
    }
    throw wrong(name, "must be a whole number from " + min + " to " + max);
  }

  /** A required RFC 3339 time in the years 0000 to 9999. */
  public Instant instant(String name) {
    String value = required(name);
    try {
      Instant instant = Instant.parse(value);
      if (!instant.isBefore(EARLIEST) && !instant.isAfter(LATEST)) {
        return instant;
      }
    } catch (DateTimeParseException e) {
      // Reported below, together with values out of range.
    }
    throw wrong(name, "must be an RFC 3339 time");
  }

  /** The trace context, or null when it is missing or invalid. */
  public @Nullable TraceParent trace() {
    return TraceParent.parse(values.getOrDefault(TRACE, "")).orElse(null);
  }

  private UnreadableMessage wrong(String name, String form) {
    String value = required(name);
    String shown = value.length() <= MAX_SHOWN ? value : value.substring(0, MAX_SHOWN) + "…";
    return new UnreadableMessage("attribute " + name + " is \"" + shown + "\", " + form);
  }
}
