package dev.whatsit.domain.queue;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Requests the classification of one image. It contains identifiers, never image bytes, and
 * everything that the image's record needs, so that the work can be done even if the record was
 * never written.
 *
 * @param image the image to classify
 * @param run number of the run, from 1
 * @param submittedAt when the image was submitted, in the years 0000 to 9999
 * @param trace trace context of the request, or null without tracing
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

  public WorkMessage {
    if (run < 1) {
      throw new IllegalArgumentException("run must be at least 1: " + run);
    }
    if (submittedAt.isBefore(MessageAttributes.EARLIEST)
        || submittedAt.isAfter(MessageAttributes.LATEST)) {
      throw new IllegalArgumentException(
          "submittedAt must lie in the years 0000 to 9999: " + submittedAt);
    }
  }

  /**
   * A message without trace context.
   *
   * @throws IllegalArgumentException naming the value that is out of range
   */
  public WorkMessage(ImageDescription image, int run, Instant submittedAt) {
    this(image, run, submittedAt, null);
  }

  /**
   * Converts to a queue message with the attributes {@code image_hash}, {@code run}, {@code
   * content_type}, {@code size_bytes}, {@code width}, {@code height}, {@code submitted_at} (RFC
   * 3339) and, with a trace, {@code traceparent}.
   */
  public Message toMessage() {
    return new Message(
        image.hash().hex() + "-" + run,
        new MessageAttributes()
            .put(HASH, image.hash().hex())
            .put(RUN, run)
            .put(CONTENT_TYPE, image.format().mediaType())
            .put(SIZE_BYTES, image.sizeBytes())
            .put(WIDTH, image.width())
            .put(HEIGHT, image.height())
            .put(SUBMITTED_AT, submittedAt)
            .putTrace(trace)
            .toMap());
  }

  /**
   * Parses the attributes of a message.
   *
   * @throws UnreadableMessage naming the attribute that is missing or wrong
   */
  public static WorkMessage fromAttributes(Map<String, String> values) {
    MessageAttributes attributes = new MessageAttributes(values);
    ImageDescription image =
        new ImageDescription(
            attributes.required(HASH, ImageHash::parse, "must be 64 lower-case hex digits"),
            attributes.required(
                CONTENT_TYPE, ImageFormat::ofMediaType, "is not an accepted format"),
            attributes.number(SIZE_BYTES, 1, Long.MAX_VALUE),
            (int) attributes.number(WIDTH, 1, Integer.MAX_VALUE),
            (int) attributes.number(HEIGHT, 1, Integer.MAX_VALUE));
    return new WorkMessage(
        image,
        (int) attributes.number(RUN, 1, Integer.MAX_VALUE),
        attributes.instant(SUBMITTED_AT),
        attributes.trace());
  }
}
