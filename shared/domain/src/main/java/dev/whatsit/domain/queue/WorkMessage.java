package dev.whatsit.domain.queue;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Asks for one image to be classified. It carries names, never bytes, and everything that the
 * image's record needs, so that the work can be done although the record was never written.
 *
 * @param image what to classify
 * @param run which run of the image's work, from 1
 * @param submittedAt when the image was submitted
 */
public record WorkMessage(ImageDescription image, int run, Instant submittedAt) {
  private static final String HASH = "image_hash";
  private static final String RUN = "run";
  private static final String CONTENT_TYPE = "content_type";
  private static final String SIZE_BYTES = "size_bytes";
  private static final String WIDTH = "width";
  private static final String HEIGHT = "height";
  private static final String SUBMITTED_AT = "submitted_at";

  /**
   * Checks the range of the run.
   *
   * @throws IllegalArgumentException if {@code run} is below 1
   */
  public WorkMessage {
    if (run < 1) {
      throw new IllegalArgumentException("run must be at least 1: " + run);
    }
  }

  /**
   * The message as attributes, the form in which every queue carries it: {@code image_hash}, {@code
   * run}, {@code content_type}, {@code size_bytes}, {@code width}, {@code height}, {@code
   * submitted_at} (RFC 3339).
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
    return attributes;
  }

  /**
   * Reads a message back from its attributes; unknown attributes are ignored.
   *
   * @throws UnreadableMessage naming the attribute that is missing or wrong
   */
  public static WorkMessage fromAttributes(Map<String, String> attributes) {
    String hash = required(attributes, HASH);
    String mediaType = required(attributes, CONTENT_TYPE);
    ImageHash imageHash =
        ImageHash.parse(hash).orElseThrow(() -> new UnreadableMessage(HASH + " is not a hash"));
    ImageFormat format =
        ImageFormat.ofMediaType(mediaType)
            .orElseThrow(() -> new UnreadableMessage(CONTENT_TYPE + " is not an accepted format"));
    try {
      ImageDescription image =
          new ImageDescription(
              imageHash,
              format,
              Long.parseLong(required(attributes, SIZE_BYTES)),
              Integer.parseInt(required(attributes, WIDTH)),
              Integer.parseInt(required(attributes, HEIGHT)));
      return new WorkMessage(
          image,
          Integer.parseInt(required(attributes, RUN)),
          Instant.parse(required(attributes, SUBMITTED_AT)));
    } catch (IllegalArgumentException | DateTimeParseException e) {
      throw new UnreadableMessage(String.valueOf(e.getMessage()), e);
    }
  }

  private static String required(Map<String, String> attributes, String name) {
    String value = attributes.get(name);
    if (value == null) {
      throw new UnreadableMessage("attribute " + name + " is missing");
    }
    return value;
  }
}
