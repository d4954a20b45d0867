package dev.whatsit.domain.batch;

import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Identifies a batch; it cannot be guessed.
 *
 * @param text 32 lower-case hexadecimal digits
 */
public record BatchId(String text) {
  private static final Pattern SHAPE = Pattern.compile("[0-9a-f]{32}");

  public BatchId {
    if (!SHAPE.matcher(text).matches()) {
      throw new IllegalArgumentException("not 32 lower-case hexadecimal digits: " + text);
    }
  }

  /** A new id with 122 random bits. */
  public static BatchId random() {
    return new BatchId(UUID.randomUUID().toString().replace("-", ""));
  }

  /** Parses an id from a client; empty when it has another form. */
  public static Optional<BatchId> parse(String text) {
    return SHAPE.matcher(text).matches() ? Optional.of(new BatchId(text)) : Optional.empty();
  }

  @Override
  public String toString() {
    return text;
  }
}
