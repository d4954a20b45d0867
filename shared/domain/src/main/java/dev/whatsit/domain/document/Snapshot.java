package dev.whatsit.domain.document;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The state of a document when it was read or written: a value, or absent.
 *
 * @param id id of the document
 * @param value its value, or null when there is no document
 * @param document the document with its version, or null when there is none
 */
public record Snapshot<T>(String id, @Nullable T value, @Nullable Document document) {
  /** A document that does not exist, or is assumed not to exist. */
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
