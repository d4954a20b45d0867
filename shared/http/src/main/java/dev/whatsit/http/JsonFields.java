package dev.whatsit.http;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the members of a request's object by their names and types, and notes what is wrong. A
 * member that is null counts as not given. For one thread.
 */
public final class JsonFields {
  private final JsonObject object;
  private final String prefix;
  private final FieldErrors errors;
  private final Set<String> known = new HashSet<>();

  /**
   * Of an object.
   *
   * @param prefix what stands before the members' names in errors, {@code ""} at the top
   * @param errors takes what is wrong
   */
  public JsonFields(JsonObject object, String prefix, FieldErrors errors) {
    this.object = object;
    this.prefix = prefix;
    this.errors = errors;
  }

  /** A text, empty when it is not given or no text, which is noted. */
  public Optional<String> text(String name) {
    Optional<JsonElement> value = find(name);
    if (value.isPresent()
        && !(value.get() instanceof JsonPrimitive primitive && primitive.isString())) {
      reject(name, "WRONG_TYPE", "Must be a string.");
      return Optional.empty();
    }
    return value.map(JsonElement::getAsString);
  }

  /** A member as it is, empty when it is not given. */
  public Optional<JsonElement> find(String name) {
    known.add(name);
    return Optional.ofNullable(object.get(name)).filter(value -> !value.isJsonNull());
  }

  /** Notes what is wrong with a member. */
  public void reject(String name, String code, String detail) {
    errors.add(prefix + name, code, detail);
  }

  /** Notes every member that was never asked for. */
  public void refuseOthers() {
    for (String name : object.keySet()) {
      if (!known.contains(name)) {
        reject(name, "UNKNOWN_MEMBER", "Is not known here. Leave it out.");
      }
    }
  }
}
