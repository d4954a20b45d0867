package dev.whatsit.domain.queue;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads the attributes of messages, the form in which every queue carries them. A reader
 * ignores attributes that it does not know, and a trace that makes no sense; what else is wrong is
 * an {@link UnreadableMessage} that names the attribute and shows the beginning of its value. Not
 * thread-safe.
 */
public final class MessageAttributes {
  /** RFC 3339 has four digits for the year, and stores overflow on what {@link Instant} allows. */
  static final Instant EARLIEST = Instant.parse("0000-01-01T00:00:00Z");

  static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999999Z");

  private static final String TRACE = "traceparent";
  private static final int MAX_SHOWN = 40;

  private final Map<String, String> values;

  /** To be written, empty. */
  public MessageAttributes() {
    this(Map.of());
  }

  /** To be read. */
  public MessageAttributes(Map<String, String> values) {
    this.values = new LinkedHashMap<>(values);
  }

  /** Sets an attribute. */
  public MessageAttributes put(String name, Object value) {
    values.put(name, value.toString());
    return this;
  }

  /** Sets {@code traceparent}, unless there is none. */
  public MessageAttributes putTrace(@Nullable TraceParent trace) {
    return trace == null ? this : put(TRACE, trace.text());
  }

  /** All that were set. */
  public Map<String, String> toMap() {
    return Map.copyOf(values);
  }

  /** Whether the attribute is there. */
  public boolean has(String name) {
    return values.containsKey(name);
  }

  /**
   * An attribute that must be there.
   *
   * @throws UnreadableMessage when it is not
   */
  public String required(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new UnreadableMessage("attribute " + name + " is missing");
    }
    return value;
  }

  /**
   * An attribute that must be there and of a form.
   *
   * @param parser empty for what is not of the form
   * @param form what it must be, after the attribute and its value
   * @throws UnreadableMessage when it is not
   */
  public <T> T required(String name, Function<String, Optional<T>> parser, String form) {
    return parser.apply(required(name)).orElseThrow(() -> wrong(name, form));
  }

  /**
   * A whole number that must be there, in a range with both ends included.
   *
   * @throws UnreadableMessage when it is not
   */
  public long number(String name, long min, long max) {
    String value = required(name);
    try {
      long number = Long.parseLong(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, together with what is out of range.
    }
    throw wrong(name, "must be a whole number from " + min + " to " + max);
  }

  /**
   * A time that must be there, in RFC 3339.
   *
   * @throws UnreadableMessage when it is not
   */
  public Instant instant(String name) {
    String value = required(name);
    try {
      Instant instant = Instant.parse(value);
      if (!instant.isBefore(EARLIEST) && !instant.isAfter(LATEST)) {
        return instant;
      }
    } catch (DateTimeParseException e) {
      // Reported below, together with what is out of range.
    }
    throw wrong(name, "must be an RFC 3339 time");
  }

  /** The trace, or null when there is none that makes sense. */
  public @Nullable TraceParent trace() {
    return TraceParent.parse(values.getOrDefault(TRACE, "")).orElse(null);
  }

  private UnreadableMessage wrong(String name, String form) {
    String value = required(name);
    String shown = value.length() <= MAX_SHOWN ? value : value.substring(0, MAX_SHOWN) + "…";
    return new UnreadableMessage("attribute " + name + " is \"" + shown + "\", " + form);
  }
}
