package dev.whatsit.domain.callback;

import dev.whatsit.domain.image.ImageHash;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Identifies a callback by the subject, the kind and the SHA-256 of the target. Registering the
 * same callback twice gives one callback.
 *
 * @param text letters, digits and hyphens, at most 200
 */
public record CallbackId(String text) {
  private static final Pattern SHAPE =
      Pattern.compile("[A-Za-z0-9-]{1,100}-[1-9][0-9]*-[a-z]+-[0-9a-f]{64}");

  public CallbackId {
    if (!SHAPE.matcher(text).matches()) {
      throw new IllegalArgumentException("not the id of a callback: " + text);
    }
  }

  public static CallbackId of(Subject subject, CallbackKind kind, String target) {
    ImageHash digest =
        ImageHash.ofDigest(ImageHash.newDigest().digest(target.getBytes(StandardCharsets.UTF_8)));
    return new CallbackId(subject.key() + "-" + kind.word() + "-" + digest.hex());
  }

  /** Parses an id; empty when the text is not one. */
  public static Optional<CallbackId> parse(String text) {
    return SHAPE.matcher(text).matches() ? Optional.of(new CallbackId(text)) : Optional.empty();
  }

  @Override
  public String toString() {
    return text;
  }
}
