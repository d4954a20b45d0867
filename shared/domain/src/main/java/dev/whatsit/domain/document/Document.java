package dev.whatsit.domain.document;

import com.google.gson.JsonObject;

/**
 * A document as a store gave it.
 *
 * @param key its identity
 * @param fields all of them, or those that a query's projection names. Shared, not copied: not to
 *     be changed.
 * @param version the condition of a write that relies on these fields; one from a projection can't
 *     be used for a write
 */
public record Document(DocumentKey key, JsonObject fields, Version version) {
  /** Without the fields, which may hold secrets. */
  @Override
  public String toString() {
    return "Document[" + key + "]";
  }
}
