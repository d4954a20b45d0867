package dev.whatsit.domain.document;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The size of fields as Firestore counts it, which is the limit of every store.
 *
 * @see <a href="https://cloud.google.com/firestore/docs/storage-size">Storage size calculations</a>
 */
public final class DocumentSize {
  private static final int NUMBER = 8;

  private DocumentSize() {}

  /** The bytes that a document's fields take. */
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
