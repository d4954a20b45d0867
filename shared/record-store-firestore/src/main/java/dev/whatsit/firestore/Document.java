package dev.whatsit.firestore;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Map;

/**
 * A document as the service has it.
 *
 * @param name the full one
 * @param updateTime as the service writes it, to the nanosecond; the condition of a change
 */
record Document(String name, Map<String, Value> fields, String updateTime) {
  /** The document in an answer. */
  static Document of(JsonObject json) {
    return new Document(
        json.get("name").getAsString(),
        json.get("fields") instanceof JsonObject fields ? Value.fields(fields) : Map.of(),
        json.get("updateTime") instanceof JsonPrimitive time ? time.getAsString() : "");
  }
}
