package dev.whatsit.classifier.vision;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.List;

/**
 * A message of the service in JSON, where what has its default value may be absent. What is of
 * another type than is asked for counts as absent.
 *
 * @see <a href="https://protobuf.dev/programming-guides/json/">ProtoJSON</a>
 */
record ProtoJson(JsonObject json) {
  /** The message that this is, without any fields if it is none. */
  static ProtoJson of(JsonElement element) {
    return new ProtoJson(element instanceof JsonObject object ? object : new JsonObject());
  }

  /** Whether there is a message in this field. */
  boolean has(String field) {
    return json.get(field) instanceof JsonObject;
  }

  /** The message in this field, without any fields when it is absent. */
  ProtoJson message(String field) {
    return of(json.get(field));
  }

  /** The messages in this field. */
  List<ProtoJson> messages(String field) {
    List<ProtoJson> messages = new ArrayList<>();
    if (json.get(field) instanceof JsonArray array) {
      for (JsonElement element : array) {
        messages.add(of(element));
      }
    }
    return messages;
  }

  /** A text or the name of an enum's value, empty when it is absent. */
  String text(String field) {
    return json.get(field) instanceof JsonPrimitive value ? value.getAsString() : "";
  }

  /** A number, which may also be NaN or infinite; 0 when it is absent. */
  double number(String field) {
    try {
      return json.get(field) instanceof JsonPrimitive value ? value.getAsDouble() : 0;
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
