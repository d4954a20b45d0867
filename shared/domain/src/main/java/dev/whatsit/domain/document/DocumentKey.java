package dev.whatsit.domain.document;

import java.util.regex.Pattern;

/**
 * The identity of a document.
 *
 * @param id 1 to {@value DocumentStore#MAX_ID_LENGTH} letters, digits, hyphens and underscores
 */
public record DocumentKey(DocumentCollection collection, String id) {
  private static final Pattern ID =
      Pattern.compile("[A-Za-z0-9_-]{1," + DocumentStore.MAX_ID_LENGTH + "}");

  public DocumentKey {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "a document's id has 1 to 400 letters, digits, hyphens and underscores: " + id);
    }
  }

  /** The collection and the id, as used in log and error messages: {@code images/0a1b…}. */
  @Override
  public String toString() {
    return collection.name() + "/" + id;
  }
}
