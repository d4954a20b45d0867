package dev.whatsit.domain.document;

import com.google.gson.JsonObject;

/**
 * A document as returned by a store.
 *
 * @param fields all fields, or those of a query's projection. Shared, not copied: callers must not
 *     modify them.
 * @param version the precondition for a write based on these fields; a version from a projection
 *     cannot be used for a write
 */
public record Document(DocumentKey key, JsonObject fields, Version version) {
  /** Omits the fields, which may contain secrets. */
  @Override
  public String toString() {
    return "Document[" + key + "]";
  }
}
