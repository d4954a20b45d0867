package dev.whatsit.domain.document;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.whatsit.domain.failure.PermanentFailure;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Computes the size of fields as Firestore counts it; the size limits of every store use it.
 *
 * @see <a href="https://cloud.google.com/firestore/docs/storage-size">Storage size calculations</a>
 */
public final class DocumentSize {
  private static final int NUMBER = 8;

  private DocumentSize() {}

  /**
   * Checks the sizes of a commit, as every store does before it writes.
   *
   * @throws PermanentFailure with code {@code DOCUMENT_TOO_LARGE} naming the document that is
   *     larger than {@value DocumentStore#MAX_DOCUMENT_BYTES} bytes, or saying that the documents
   *     together are larger than {@value DocumentStore#MAX_COMMIT_BYTES}
   */
  public static void check(List<Write> writes) {
    long sum = 0;
    for (Write write : writes) {
      if (write instanceof Write.Put put) {
        long size = bytes(put.fields());
        if (size > DocumentStore.MAX_DOCUMENT_BYTES) {
          throw tooLarge(put.key().toString(), size, DocumentStore.MAX_DOCUMENT_BYTES);
        }
        sum += size;
      }
    }
    if (sum > DocumentStore.MAX_COMMIT_BYTES) {
      throw tooLarge(writes.size() + " documents", sum, DocumentStore.MAX_COMMIT_BYTES);
    }
  }

  private static PermanentFailure tooLarge(String what, long size, long limit) {
    return new PermanentFailure(
        DocumentStore.DOCUMENT_TOO_LARGE,
        "%s: %d bytes are more than %d.".formatted(what, size, limit),
        false,
        null);
  }

  /** The size of a document's fields in bytes. */
  public static long bytes(JsonElement value) {
    if (value instanceof JsonObject object) {
      long sum = 0;
      for (Map.Entry<String, JsonElement> member : object.entrySet()) {
        sum += text(member.getKey()) + bytes(member.getValue());
      }
      return sum;
    }
    if (value instanceof JsonArray array) {
      long sum = 0;
      for (JsonElement element : array) {
        sum += bytes(element);
      }
      return sum;
    }
    if (value instanceof JsonPrimitive primitive && primitive.isString()) {
      return text(primitive.getAsString());
    }
    return value instanceof JsonPrimitive primitive && primitive.isNumber() ? NUMBER : 1;
  }

  private static long text(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length + 1L;
  }
}
