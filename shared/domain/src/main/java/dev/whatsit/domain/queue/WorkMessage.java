package dev.whatsit.domain.queue;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks for one image to be classified. It carries names, never bytes, and everything that the
 * image's record needs, so that the work can be done although the record was never written.
 *
 * @param image what to classify
 * @param run which run of the image's work, from 1
 * @param submittedAt when the image was submitted, in the years 0000 to 9999
 * @param trace where it was asked for, or null when nobody traces
 */
public record WorkMessage(
    ImageDescription image, int run, Instant submittedAt, @Nullable TraceParent trace) {
  private static final String HASH = "image_hash";
  private static final String RUN = "run";
  private static final String CONTENT_TYPE = "content_type";
  private static final String SIZE_BYTES = "size_bytes";
  private static final String WIDTH = "width";
  private static final String HEIGHT = "height";
  private static final String SUBMITTED_AT = "submitted_at";
  private static final String TRACE = "traceparent";

  /** RFC 3339 has four digits for the year, and stores overflow on what {@link Instant} allows. */
  private static final Instant EARLIEST = Instant.parse("0000-01-01T00:00:00Z");

  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999999Z");

  private static final int SHOWN = 40;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the value that is out of range
   */
  public WorkMessage {
    if (run < 1) {
      throw new IllegalArgumentException("run must be at least 1: " + run);
    }
    if (submittedAt.isBefore(EARLIEST) || submittedAt.isAfter(LATEST)) {
      throw new IllegalArgumentException(
          "submittedAt must lie in the years 0000 to 9999: " + submittedAt);
    }
  }

  /**
   * Work that nobody traces.
   *
   * @throws IllegalArgumentException naming the value that is out of range
   */
  public WorkMessage(ImageDescription image, int run, Instant submittedAt) {
    this(image, run, submittedAt, null);
  }

  /**
   * The message as attributes, the form in which every queue carries it: {@code image_hash}, {@code
   * run}, {@code content_type}, {@code size_bytes}, {@code width}, {@code height}, {@code
   * submitted_at} (RFC 3339) and, when there is a trace, {@code traceparent}.
   */
  public Map<String, String> toAttributes() {
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put(HASH, image.hash().hex());
    attributes.put(RUN, Integer.toString(run));
    attributes.put(CONTENT_TYPE, image.format().mediaType());
    attributes.put(SIZE_BYTES, Long.toString(image.sizeBytes()));
    attributes.put(WIDTH, Integer.toString(image.width()));
    attributes.put(HEIGHT, Integer.toString(image.height()));
    attributes.put(SUBMITTED_AT, submittedAt.toString());
    if (trace != null) {
      attributes.put(TRACE, trace.text());
    }
    return attributes;
  }

  /**
   * Reads a message back from its attributes; unknown attributes are ignored, and so is a trace
   * that makes no sense.
   *
   * @throws UnreadableMessage naming the attribute that is missing or wrong
   */
  public static WorkMessage fromAttributes(Map<String, String> attributes) {
    ImageHash hash =
        ImageHash.parse(required(attributes, HASH))
            .orElseThrow(() -> wrong(attributes, HASH, "must be 64 lower-case hex digits"));
    ImageFormat format =
        ImageFormat.ofMediaType(required(attributes, CONTENT_TYPE))
            .orElseThrow(() -> wrong(attributes, CONTENT_TYPE, "is not an accepted format"));
    ImageDescription image =
        new ImageDescription(
            hash,
            format,
            number(attributes, SIZE_BYTES, Long.MAX_VALUE),
            (int) number(attributes, WIDTH, Integer.MAX_VALUE),
            (int) number(attributes, HEIGHT, Integer.MAX_VALUE));
    int run = (int) number(attributes, RUN, Integer.MAX_VALUE);
    TraceParent trace = TraceParent.parse(attributes.getOrDefault(TRACE, "")).orElse(null);
    return new WorkMessage(image, run, instant(attributes, SUBMITTED_AT), trace);
  }

  private static long number(Map<String, String> attributes, String name, long most) {
    String value = required(attributes, name);
    try {
      long number = Long.parseLong(value);
      if (number >= 1 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below, together with what is out of range.
    }
    throw wrong(attributes, name, "must be a whole number from 1 to " + most);
  }

  private static Instant instant(Map<String, String> attributes, String name) {
    String value = required(attributes, name);
    try {
      Instant instant = Instant.parse(value);
      if (!instant.isBefore(EARLIEST) && !instant.isAfter(LATEST)) {
        return instant;
      }
    } catch (DateTimeParseException e) {
      // Said below, together with what is out of range.
    }
    throw wrong(attributes, name, "must be an RFC 3339 time");
  }

  private static String required(Map<String, String> attributes, String name) {
    String value = attributes.get(name);
    if (value == null) {
      throw new UnreadableMessage("attribute " + name + " is missing");
    }
    return value;
  }

  private static UnreadableMessage wrong(Map<String, String> attributes, String name, String why) {
    String value = required(attributes, name);
    String shown = value.length() <= SHOWN ? value : value.substring(0, SHOWN) + "…";
    return new UnreadableMessage("attribute " + name + " is \"" + shown + "\", " + why);
  }
}
