package dev.whatsit.documents.firestore;

import com.google.cloud.Timestamp;
import com.google.cloud.firestore.Blob;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.whatsit.domain.document.DocumentCollection;
import dev.whatsit.domain.document.Instants;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Converts JSON to the values of Firestore's client, and back. Timestamps become text, truncated to
 * the millisecond. Bytes become Base64, and other types without a JSON form become their
 * description. A field of such a type loses it only if a write changes that field.
 */
final class FirestoreValues {
  private FirestoreValues() {}

  /** All fields of a document; members that are null are left out. */
  static Map<String, Object> fields(DocumentCollection collection, JsonObject fields) {
    Map<String, Object> values = new HashMap<>();
    fields
        .asMap()
        .forEach(
            (name, json) -> {
              Object value = value(collection, name, json);
              if (value != null) {
                values.put(name, value);
              }
            });
    return values;
  }

  /** The value of a top-level field, which may be a timestamp; null for JSON null. */
  static @Nullable Object value(DocumentCollection collection, String field, JsonElement json) {
    return collection.timestamps().contains(field)
            && json instanceof JsonPrimitive primitive
            && primitive.isString()
        ? timestamp(primitive.getAsString())
        : value(json);
  }

  /** Text that is not an instant stays text. */
  private static Object timestamp(String text) {
    try {
      Instant instant = Instant.parse(text);
      return Timestamp.ofTimeSecondsAndNanos(instant.getEpochSecond(), instant.getNano());
    } catch (DateTimeException | IllegalArgumentException e) {
      return text;
    }
  }

  private static @Nullable Object value(JsonElement json) {
    if (json instanceof JsonObject object) {
      Map<String, Object> map = new HashMap<>();
      object
          .asMap()
          .forEach(
              (name, member) -> {
                Object value = value(member);
                if (value != null) {
                  map.put(name, value);
                }
              });
      return map;
    }
    if (json instanceof JsonArray array) {
      List<@Nullable Object> list = new ArrayList<>(array.size());
      array.forEach(element -> list.add(value(element)));
      return list;
    }
    if (json instanceof JsonPrimitive primitive) {
      if (primitive.isBoolean()) {
        return primitive.getAsBoolean();
      }
      return primitive.isString() ? primitive.getAsString() : number(primitive.getAsString());
    }
    return null;
  }

  private static Object number(String text) {
    try {
      return Long.valueOf(text);
    } catch (NumberFormatException e) {
      return Double.valueOf(text);
    }
  }

  /** The fields of a document as it was read. */
  static JsonObject json(Map<String, ?> fields) {
    JsonObject object = new JsonObject();
    fields.forEach(
        (name, value) -> {
          if (value != null) {
            object.add(name, json(value));
          }
        });
    return object;
  }

  private static JsonElement json(@Nullable Object value) {
    if (value == null) {
      return JsonNull.INSTANCE;
    }
    if (value instanceof String text) {
      return new JsonPrimitive(text);
    }
    if (value instanceof Number number) {
      return new JsonPrimitive(number);
    }
    if (value instanceof Boolean flag) {
      return new JsonPrimitive(flag);
    }
    if (value instanceof Timestamp timestamp) {
      return Instants.primitive(
          Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos()));
    }
    if (value instanceof Map<?, ?> map) {
      JsonObject object = new JsonObject();
      map.forEach(
          (name, member) -> {
            if (member != null) {
              object.add((String) name, json(member));
            }
          });
      return object;
    }
    if (value instanceof List<?> list) {
      JsonArray array = new JsonArray(list.size());
      list.forEach(element -> array.add(json(element)));
      return array;
    }
    return new JsonPrimitive(
        value instanceof Blob blob
            ? Base64.getEncoder().encodeToString(blob.toBytes())
            : value.toString());
  }
}
