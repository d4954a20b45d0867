package dev.whatsit.domain.document;

import com.google.gson.JsonObject;
import org.jspecify.annotations.Nullable;

/** A conditional write of one document. */
public sealed interface Write {
  /** The document that is written. */
  DocumentKey key();

  /**
   * Replaces or creates a document.
   *
   * @param fields all that it has afterwards
   * @param expected the version that it must have, or null when there must be no such document
   */
  record Put(DocumentKey key, JsonObject fields, @Nullable Version expected) implements Write {
    /** Without the fields, which may hold secrets. */
    @Override
    public String toString() {
      return "Put[" + key + "]";
    }
  }

  /**
   * Removes a document.
   *
   * @param expected the version that it must have
   */
  record Delete(DocumentKey key, Version expected) implements Write {}
}
