package dev.whatsit.domain.batch;

import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A batch's name, which nobody can guess.
 *
 * @param text 32 lower-case hexadecimal digits
 */
public record BatchId(String text) {
  private static final Pattern SHAPE = Pattern.compile("[0-9a-f]{32}");

  /**
   * Checks the form.
   *
   * @throws IllegalArgumentException if it is not 32 lower-case hexadecimal digits
   */
  public BatchId {
    if (!SHAPE.matcher(text).matches()) {
      throw new IllegalArgumentException("not 32 lower-case hexadecimal digits: " + text);
    }
  }

  /** A new one, of 122 random bits. */
  public static BatchId random() {
    return new BatchId(UUID.randomUUID().toString().replace("-", ""));
  }

  /** Reads one as a client writes it, empty when it can be none. */
  public static Optional<BatchId> parse(String text) {
    return SHAPE.matcher(text).matches() ? Optional.of(new BatchId(text)) : Optional.empty();
  }

  @Override
  public String toString() {
    return text;
  }
}
