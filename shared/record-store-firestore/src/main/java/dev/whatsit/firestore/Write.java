package dev.whatsit.firestore;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A write of one document, or its removal.
 *
 * @param json as the service takes it
 * @see <a href="https://cloud.google.com/firestore/docs/reference/rest/v1/Write">Write</a>
 */
record Write(JsonObject json) {
  /**
   * Puts a document.
   *
   * @param fields all that it shall have
   * @param over those that are taken away when {@code fields} lacks them, others stay as they are;
   *     null to take away all
   */
  static Write put(String name, Map<String, Value> fields, @Nullable Set<String> over) {
    JsonObject document = new JsonObject();
    document.addProperty("name", name);
    document.add("fields", Value.json(fields));
    JsonObject json = new JsonObject();
    json.add("update", document);
    if (over != null) {
      JsonArray paths = new JsonArray();
      new TreeSet<>(over).forEach(paths::add);
      JsonObject mask = new JsonObject();
      mask.add("fieldPaths", paths);
      json.add("updateMask", mask);
    }
    return new Write(json);
  }

  /** Removes a document. */
  static Write remove(String name) {
    JsonObject json = new JsonObject();
    json.addProperty("delete", name);
    return new Write(json);
  }

  /**
   * The same, on a condition.
   *
   * @param seen the document must still be as it was then; null when there must be none
   */
  Write ifStill(@Nullable Document seen) {
    JsonObject condition = new JsonObject();
    if (seen == null) {
      condition.addProperty("exists", false);
    } else {
      condition.addProperty("updateTime", seen.updateTime());
    }
    // The document is shared, not copied: it may be large, and nobody changes it.
    JsonObject conditional = new JsonObject();
    json.asMap().forEach(conditional::add);
    conditional.add("currentDocument", condition);
    return new Write(conditional);
  }
}
