package dev.whatsit.embedded;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.embedded.Database.Durability;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The SQLite tables of the documents, derived from Firestore's list of indexes: one table per
 * collection with an expression index for each index of the list, and one table for the values of
 * all list fields. Immutable.
 */
final class DocumentTables {
  /**
   * Table {@code last_version} has one row that counts the commits, so that no version is used
   * twice.
   */
  private static final List<String> COMMON =
      List.of(
          "CREATE TABLE IF NOT EXISTS last_version (number INTEGER NOT NULL) STRICT",
          "INSERT INTO last_version SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM last_version)",
          """
          CREATE TABLE IF NOT EXISTS list_values (
            collection TEXT NOT NULL,
            field TEXT NOT NULL,
            value TEXT NOT NULL,
            id TEXT NOT NULL,
            order_value ANY,
            PRIMARY KEY (collection, field, value, id)
          ) STRICT, WITHOUT ROWID
          """,
          "CREATE INDEX IF NOT EXISTS list_values_in_order"
              + " ON list_values (collection, field, value, order_value, id)",
          "CREATE INDEX IF NOT EXISTS list_values_of_document ON list_values (collection, id)");

  private static final Pattern FIELD = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private final Map<String, Map<String, ListField>> collections = new TreeMap<>();
  private final Map<String, String> expiryFields = new TreeMap<>();
  private final List<String> statements = new ArrayList<>(COMMON);

  /**
   * A field with values in the table of list fields.
   *
   * @param order the field stored with each of them for sorting, or null
   */
  record ListField(@Nullable String order) {}

  private DocumentTables(JsonObject list) {
    List<JsonObject> indexes = new ArrayList<>();
    for (JsonElement index : list.getAsJsonArray("indexes")) {
      indexes.add(index.getAsJsonObject());
    }
    for (JsonElement element : list.getAsJsonArray("fieldOverrides")) {
      JsonObject field = element.getAsJsonObject();
      String collection = text(field, "collectionGroup");
      collection(collection);
      if (field.has("ttl") && field.get("ttl").getAsBoolean()) {
        expiryFields.put(collection, text(field, "fieldPath"));
        JsonObject ascending = new JsonObject();
        ascending.addProperty("order", "ASCENDING");
        indexes.add(index(field, ascending));
      }
      for (JsonElement kind : field.getAsJsonArray("indexes")) {
        indexes.add(index(field, kind.getAsJsonObject()));
      }
    }
    indexes.forEach(this::add);
  }

  /** Converts an index on one field to the form of an index on several fields. */
  private static JsonObject index(JsonObject field, JsonObject kind) {
    JsonObject part = kind.deepCopy();
    part.add("fieldPath", field.get("fieldPath"));
    JsonArray parts = new JsonArray();
    parts.add(part);
    JsonObject index = new JsonObject();
    index.add("collectionGroup", field.get("collectionGroup"));
    index.add("fields", parts);
    return index;
  }

  /** The tables of the project's own list, {@code firestore.indexes.json} of the domain. */
  static DocumentTables ofProject() {
    try (InputStream list = DocumentStore.class.getResourceAsStream("firestore.indexes.json")) {
      if (list == null) {
        throw new IllegalStateException("firestore.indexes.json is not on the class path");
      }
      return parse(new String(list.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IllegalStateException("firestore.indexes.json cannot be read", e);
    }
  }

  /** The tables of a list in the form of Firestore's {@code firestore.indexes.json}. */
  static DocumentTables parse(String json) {
    return new DocumentTables(JsonParser.parseString(json).getAsJsonObject());
  }

  /**
   * The list fields of a collection by their names.
   *
   * @throws IllegalArgumentException if the collection is not in the list
   */
  Map<String, ListField> listFields(String collection) {
    Map<String, ListField> fields = collections.get(collection);
    if (fields == null) {
      throw new IllegalArgumentException("firestore.indexes.json has no collection " + collection);
    }
    return fields;
  }

  /** The expiry field of each collection of documents that expire. */
  Map<String, String> expiryFields() {
    return expiryFields;
  }

  /** Creates missing tables and indexes. */
  void create(Database database) {
    database.write(
        "make the tables of documents",
        Durability.POWER_FAILURE,
        session -> {
          for (String statement : statements) {
            session.execute(statement);
          }
          return statements.size();
        });
  }

  /** The SQL expression for a top-level field of a document. */
  static String value(String field) {
    return "json_extract(body, " + path(field) + ")";
  }

  /** The JSON path of a top-level field, as an SQL literal. */
  static String path(String field) {
    if (!FIELD.matcher(field).matches()) {
      throw new IllegalArgumentException("not the name of a field for queries: " + field);
    }
    return "'$." + field + "'";
  }

  private void add(JsonObject index) {
    String collection = text(index, "collectionGroup");
    collection(collection);
    List<String> names = new ArrayList<>();
    List<String> expressions = new ArrayList<>();
    List<String> conditions = new ArrayList<>();
    @Nullable String list = null;
    String direction = "ASC";
    @Nullable String last = null;
    for (JsonElement element : index.getAsJsonArray("fields")) {
      JsonObject field = element.getAsJsonObject();
      String name = text(field, "fieldPath");
      if (field.has("arrayConfig")) {
        list = name;
        continue;
      }
      last = name;
      direction = text(field, "order").equals("DESCENDING") ? "DESC" : "ASC";
      names.add(name + "_" + direction.toLowerCase(Locale.ROOT));
      expressions.add(value(name) + " " + direction);
      conditions.add(value(name) + " IS NOT NULL");
    }
    if (list != null) {
      Map<String, ListField> fields = collections.get(collection);
      if (fields != null && (last != null || !fields.containsKey(list))) {
        fields.put(list, new ListField(last));
      }
      return;
    }
    // The id is sorted in the direction of the last field, as in a query's order.
    statements.add(
        "CREATE INDEX IF NOT EXISTS %s_by_%s ON %s (%s, id %s) WHERE %s"
            .formatted(
                collection,
                String.join("_", names),
                collection,
                String.join(", ", expressions),
                direction,
                String.join(" AND ", conditions)));
  }

  private void collection(String name) {
    if (collections.putIfAbsent(name, new TreeMap<>()) == null) {
      statements.add(
          """
          CREATE TABLE IF NOT EXISTS %s (
            id TEXT NOT NULL PRIMARY KEY,
            version INTEGER NOT NULL,
            body TEXT NOT NULL
          ) STRICT
          """
              .formatted(name));
    }
  }

  private static String text(JsonObject object, String member) {
    return object.get(member).getAsString();
  }
}
