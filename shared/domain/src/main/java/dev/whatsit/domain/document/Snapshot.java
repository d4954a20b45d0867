package dev.whatsit.domain.document;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a document was when it was read or written: a value, or nothing.
 *
 * @param id of the document
 * @param value that it holds, or null when there is no document
 * @param document with its version, or null when there is none
 */
public record Snapshot<T>(String id, @Nullable T value, @Nullable Document document) {
  /** A document that isn't there, or is believed not to be. */
  public static <T> Snapshot<T> absent(String id) {
    return new Snapshot<>(id, null, null);
  }

  /**
   * The value.
   *
   * @throws IllegalStateException if there is no document
   */
  public T get() {
    if (value == null) {
      throw new IllegalStateException("there is no document " + id);
    }
    return value;
  }

  /** The value, or empty when there is no document. */
  public Optional<T> find() {
    return Optional.ofNullable(value);
  }
}
