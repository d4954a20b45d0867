package dev.whatsit.firestore;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A value of a document: an object with one member, named for the type.
 *
 * @param json as the service has it
 * @see <a
 *     href="https://cloud.google.com/firestore/docs/reference/rest/Shared.Types/ArrayValue#Value">Value</a>
 */
record Value(JsonObject json) {
  static final String TEXT = "stringValue";
  static final String INTEGER = "integerValue";
  static final String DECIMAL = "doubleValue";
  static final String FLAG = "booleanValue";
  static final String TIME = "timestampValue";
  static final String REFERENCE = "referenceValue";
  static final String MAP = "mapValue";
  static final String ARRAY = "arrayValue";

  private static final String NULL = "nullValue";
  private static final String FIELDS = "fields";
  private static final String VALUES = "values";
  private static final int NUMBER_BYTES = 8;

  static Value of(String type, JsonElement content) {
    JsonObject json = new JsonObject();
    json.add(type, content);
    return new Value(json);
  }

  static Value of(String type, String content) {
    return of(type, new JsonPrimitive(content));
  }

  static Value map(Map<String, Value> fields) {
    JsonObject map = new JsonObject();
    map.add(FIELDS, json(fields));
    return of(MAP, map);
  }

  static Value array(List<Value> values) {
    JsonArray array = new JsonArray(values.size());
    values.forEach(value -> array.add(value.json()));
    JsonObject content = new JsonObject();
    content.add(VALUES, array);
    return of(ARRAY, content);
  }

  /** Its type, or {@code nullValue} also when it has none. */
  String type() {
    return json.isEmpty() ? NULL : json.keySet().iterator().next();
  }

  boolean isNull() {
    return type().equals(NULL);
  }

  /** What stands under its type. */
  JsonElement content() {
    JsonElement content = json.get(type());
    return content == null ? JsonNull.INSTANCE : content;
  }

  /** The fields of a map. */
  Map<String, Value> fields() {
    return content() instanceof JsonObject map && map.get(FIELDS) instanceof JsonObject fields
        ? fields(fields)
        : Map.of();
  }

  /** The values of an array. */
  List<Value> values() {
    List<Value> values = new ArrayList<>();
    if (content() instanceof JsonObject array && array.get(VALUES) instanceof JsonArray elements) {
      elements.forEach(element -> values.add(new Value(element.getAsJsonObject())));
    }
    return values;
  }

  static Map<String, Value> fields(JsonObject json) {
    Map<String, Value> fields = new HashMap<>();
    json.asMap().forEach((name, value) -> fields.put(name, new Value(value.getAsJsonObject())));
    return fields;
  }

  static JsonObject json(Map<String, Value> fields) {
    JsonObject json = new JsonObject();
    fields.forEach((name, value) -> json.add(name, value.json()));
    return json;
  }

  /**
   * How much room fields take, in bytes.
   *
   * @see <a href="https://cloud.google.com/firestore/docs/storage-size">Storage size
   *     calculations</a>
   */
  static int size(Map<String, Value> fields) {
    return fields.entrySet().stream()
        .mapToInt(field -> size(field.getKey()) + field.getValue().size())
        .sum();
  }

  private int size() {
    return switch (type()) {
      case TEXT, REFERENCE -> size(content().getAsString());
      case INTEGER, DECIMAL, TIME -> NUMBER_BYTES;
      case MAP -> size(fields());
      case ARRAY -> values().stream().mapToInt(Value::size).sum();
      default -> 1;
    };
  }

  private static int size(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length + 1;
  }
}
