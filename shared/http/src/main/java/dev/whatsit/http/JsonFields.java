package dev.whatsit.http;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the members of a request's JSON object by name and type, and notes errors. A member that is
 * null counts as missing. Not thread-safe.
 */
public final class JsonFields {
  private final JsonObject object;
  private final String prefix;
  private final FieldErrors errors;
  private final Set<String> known = new HashSet<>();

  /**
   * Reads this object.
   *
   * @param prefix what precedes the members' names in errors, {@code ""} at the top level
   * @param errors receives the errors
   */
  public JsonFields(JsonObject object, String prefix, FieldErrors errors) {
    this.object = object;
    this.prefix = prefix;
    this.errors = errors;
  }

  /** A string; empty when it is missing, or not a string, which is noted as an error. */
  public Optional<String> text(String name) {
    Optional<JsonElement> value = find(name);
    if (value.isPresent()
        && !(value.get() instanceof JsonPrimitive primitive && primitive.isString())) {
      reject(name, "WRONG_TYPE", "Must be a string.");
      return Optional.empty();
    }
    return value.map(JsonElement::getAsString);
  }

  /** A member of any type; empty when it is missing. */
  public Optional<JsonElement> find(String name) {
    known.add(name);
    return Optional.ofNullable(object.get(name)).filter(value -> !value.isJsonNull());
  }

  /** Notes an error of a member. */
  public void reject(String name, String code, String detail) {
    errors.add(prefix + name, code, detail);
  }

  /** Notes an error for every member that was not read. */
  public void refuseOthers() {
    for (String name : object.keySet()) {
      if (!known.contains(name)) {
        reject(name, "UNKNOWN_MEMBER", "Is not known here. Leave it out.");
      }
    }
  }
}
