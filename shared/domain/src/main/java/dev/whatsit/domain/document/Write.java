package dev.whatsit.domain.document;

import com.google.gson.JsonObject;
import org.jspecify.annotations.Nullable;

/** A conditional write of one document. */
public sealed interface Write {
  DocumentKey key();

  /**
   * Creates or replaces a document.
   *
   * @param fields all fields of the document after the write
   * @param expected precondition: the version of the document, or null when it must not exist
   */
  record Put(DocumentKey key, JsonObject fields, @Nullable Version expected) implements Write {
    /** Omits the fields, which may contain secrets. */
    @Override
    public String toString() {
      return "Put[" + key + "]";
    }
  }

  /**
   * Deletes a document.
   *
   * @param expected precondition: the version of the document
   */
  record Delete(DocumentKey key, Version expected) implements Write {}
}
