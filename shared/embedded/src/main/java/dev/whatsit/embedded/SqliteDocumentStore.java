package dev.whatsit.embedded;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.whatsit.domain.document.Document;
import dev.whatsit.domain.document.DocumentCollection;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.DocumentSize;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.document.Instants;
import dev.whatsit.domain.document.Query;
import dev.whatsit.domain.document.Query.Cursor;
import dev.whatsit.domain.document.Query.Direction;
import dev.whatsit.domain.document.Query.Order;
import dev.whatsit.domain.document.Query.Range;
import dev.whatsit.domain.document.Version;
import dev.whatsit.domain.document.Write;
import dev.whatsit.embedded.Database.Durability;
import dev.whatsit.embedded.DocumentTables.ListField;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stores documents in SQLite: a table per collection with the id, the version and the fields as
 * JSON. Thread-safe.
 */
final class SqliteDocumentStore implements DocumentStore {
  /**
   * The version of a partially read document; no stored document has it, so no write can use it.
   */
  private static final Stamp NOT_FOR_WRITES = new Stamp(0);

  private final Database database;
  private final DocumentTables tables;

  private record Stamp(long number) implements Version {}

  /** Opens the store and creates missing tables. */
  SqliteDocumentStore(Database database, DocumentTables tables) {
    this.database = database;
    this.tables = tables;
    tables.create(database);
  }

  @Override
  public Optional<Document> get(DocumentKey key) {
    return database.read("get " + key, session -> find(session, key));
  }

  @Override
  public List<Document> getAll(List<DocumentKey> keys) {
    if (keys.isEmpty()) {
      return List.of();
    }
    return database.read(
        "get " + keys.size() + " documents, " + keys.get(0) + " the first",
        session -> {
          // One transaction, because outside of it each statement sees the database at another
          // moment.
          session.update("BEGIN");
          List<Document> found = new ArrayList<>();
          for (DocumentKey key : keys) {
            find(session, key).ifPresent(found::add);
          }
          session.update("COMMIT");
          return found;
        });
  }

  private Optional<Document> find(Session session, DocumentKey key) throws SQLException {
    return session.first(
        "SELECT id, version, body FROM %s WHERE id = ?".formatted(table(key.collection())),
        row -> document(key.collection(), row),
        key.id());
  }

  @Override
  public Optional<List<Version>> commit(List<Write> writes) {
    DocumentSize.check(writes);
    writes.forEach(write -> table(write.key().collection()));
    List<@Nullable String> bodies =
        writes.stream()
            .map(write -> write instanceof Write.Put put ? put.fields().toString() : null)
            .toList();
    return database.write(
        "commit "
            + writes.get(0).key()
            + (writes.size() == 1 ? "" : " and " + (writes.size() - 1) + " more"),
        Durability.POWER_FAILURE,
        session -> {
          // Check all conditions first: this write cannot be undone without undoing the rest of its
          // group.
          for (Write write : writes) {
            if (!holds(session, write)) {
              return Optional.empty();
            }
          }
          long version =
              session.number("UPDATE last_version SET number = number + 1 RETURNING number");
          for (int i = 0; i < writes.size(); i++) {
            write(session, writes.get(i), bodies.get(i), version);
          }
          return Optional.of(Collections.nCopies(writes.size(), new Stamp(version)));
        });
  }

  @Override
  public List<Document> query(Query query) {
    Set<String> select = query.select();
    boolean idsAlone = select != null && select.isEmpty();
    Search search = new Search(query);
    List<Document> found =
        database.read(
            "query " + query.collection().name(),
            session ->
                session.list(
                    search.select(idsAlone ? "d.id, version, '{}'" : "d.id, version, body")
                        + search.inOrder(),
                    row -> document(query.collection(), row),
                    search.values().toArray()));
    return select == null
        ? found
        : found.stream()
            .map(
                document -> {
                  document.fields().keySet().retainAll(select);
                  return new Document(document.key(), document.fields(), NOT_FOR_WRITES);
                })
            .toList();
  }

  @Override
  public long count(Query query) {
    Search search = new Search(query);
    return database.read(
        "count " + query.collection().name(),
        session ->
            session.number(
                "SELECT count(*) FROM (" + search.select("1") + " LIMIT ?)",
                search.values().toArray()));
  }

  @Override
  public void check() {
    database.checkReachable();
  }

  /**
   * Removes the documents that have expired by an instant. Firestore does the same by itself.
   *
   * @return how many it removed
   */
  int removeExpired(Instant now) {
    String instant = Instants.text(now);
    return database.write(
        "remove expired documents",
        Durability.PROCESS,
        session -> {
          int removed = 0;
          for (Map.Entry<String, String> expiry : tables.expiryFields().entrySet()) {
            String table = expiry.getKey();
            String value = DocumentTables.value(expiry.getValue());
            String expired =
                "FROM %1$s WHERE %2$s IS NOT NULL AND %2$s <= ?".formatted(table, value);
            session.update(
                "DELETE FROM list_values WHERE collection = ? AND id IN (SELECT id "
                    + expired
                    + ")",
                table,
                instant);
            removed += session.update("DELETE " + expired, instant);
          }
          return removed;
        });
  }

  /** The query plan of SQLite; for tests. */
  List<String> plan(Query query) {
    Search search = new Search(query);
    return database.read(
        "explain",
        session ->
            session.list(
                "EXPLAIN QUERY PLAN " + search.select("d.id, version, body") + search.inOrder(),
                row -> row.getString(4),
                search.values().toArray()));
  }

  private static boolean holds(Session session, Write write) throws SQLException {
    Version expected =
        write instanceof Write.Put put ? put.expected() : ((Write.Delete) write).expected();
    Optional<Long> stored =
        session.first(
            "SELECT version FROM %s WHERE id = ?".formatted(write.key().collection().name()),
            row -> row.getLong(1),
            write.key().id());
    return expected == null
        ? stored.isEmpty()
        : stored.isPresent() && expected.equals(new Stamp(stored.get()));
  }

  private void write(Session session, Write write, @Nullable String body, long version)
      throws SQLException {
    String table = write.key().collection().name();
    String id = write.key().id();
    Map<String, ListField> listFields = tables.listFields(table);
    if (!listFields.isEmpty()) {
      session.update("DELETE FROM list_values WHERE collection = ? AND id = ?", table, id);
    }
    if (!(write instanceof Write.Put put)) {
      session.update("DELETE FROM %s WHERE id = ?".formatted(table), id);
      return;
    }
    session.update(
        """
        INSERT INTO %s (id, version, body) VALUES (?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, body = excluded.body
        """
            .formatted(table),
        id,
        version,
        body);
    for (Map.Entry<String, ListField> field : listFields.entrySet()) {
      if (put.fields().get(field.getKey()) instanceof JsonArray list) {
        String order = field.getValue().order();
        Object orderValue = order == null ? null : sql(put.fields().get(order));
        for (JsonElement value : list) {
          if (value instanceof JsonPrimitive text && text.isString()) {
            session.update(
                "INSERT OR IGNORE INTO list_values (collection, field, value, id, order_value)"
                    + " VALUES (?, ?, ?, ?, ?)",
                table,
                field.getKey(),
                text.getAsString(),
                id,
                orderValue);
          }
        }
      }
    }
  }

  /** The name of a collection's table; throws if there is no such table. */
  private String table(DocumentCollection collection) {
    tables.listFields(collection.name());
    return collection.name();
  }

  private static Document document(DocumentCollection collection, ResultSet row)
      throws SQLException {
    DocumentKey key = new DocumentKey(collection, row.getString(1));
    JsonObject fields = JsonParser.parseString(row.getString(3)).getAsJsonObject();
    return new Document(key, fields, new Stamp(row.getLong(2)));
  }

  /** Converts a scalar as SQLite's JSON functions do; null for everything else. */
  private static @Nullable Object sql(@Nullable JsonElement value) {
    if (!(value instanceof JsonPrimitive primitive)) {
      return null;
    }
    if (primitive.isBoolean()) {
      return primitive.getAsBoolean() ? 1 : 0;
    }
    if (!primitive.isNumber()) {
      return primitive.getAsString();
    }
    String number = primitive.getAsString();
    return number.matches("-?[0-9]+")
        ? (Object) Long.parseLong(number)
        : (Object) Double.parseDouble(number);
  }

  /** A query as SQL, with its parameter values in order. */
  private final class Search {
    private final Query query;
    private final StringBuilder from;
    private final List<String> conditions = new ArrayList<>();
    private final List<@Nullable Object> values = new ArrayList<>();
    private final String id;
    private final @Nullable String order;

    Search(Query query) {
      this.query = query;
      String table = table(query.collection());
      from = new StringBuilder();
      Query.Contains contains = query.contains();
      @Nullable String inList = null;
      if (contains == null) {
        from.append(table).append(" d");
        id = "d.id";
      } else {
        ListField field = tables.listFields(table).get(contains.field());
        if (field == null) {
          throw new IllegalArgumentException(
              "firestore.indexes.json has no index of the list " + table + "." + contains.field());
        }
        // CROSS forces SQLite to scan the list values first.
        from.append("list_values l CROSS JOIN ").append(table).append(" d ON d.id = l.id");
        conditions.add("l.collection = ? AND l.field = ? AND l.value = ?");
        values.addAll(List.of(table, contains.field(), contains.value()));
        id = "l.id";
        inList = field.order();
      }
      query.equal().forEach(this::equal);
      Order by = query.order();
      order =
          by == null
              ? null
              : by.field().equals(inList) ? "l.order_value" : DocumentTables.value(by.field());
      limits();
      values.add(query.limit());
    }

    String select(String columns) {
      return "SELECT "
          + columns
          + " FROM "
          + from
          + (conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions));
    }

    String inOrder() {
      Order by = query.order();
      String direction = by != null && by.direction() == Direction.DESCENDING ? " DESC" : " ASC";
      return " ORDER BY "
          + (order == null ? "" : order + direction + ", ")
          + id
          + direction
          + " LIMIT ?";
    }

    List<@Nullable Object> values() {
      return values;
    }

    private void equal(String field, JsonPrimitive value) {
      String path = DocumentTables.path(field);
      if (value.isBoolean()) {
        conditions.add("json_type(body, " + path + ") = ?");
        values.add(value.getAsString());
        return;
      }
      // IS NOT NULL is needed because the indexes cover only the documents that have the field.
      String expression = DocumentTables.value(field);
      conditions.add(expression + " IS NOT NULL AND " + expression + " = ?");
      values.add(sql(value));
      if (value.isNumber()) {
        conditions.add("json_type(body, " + path + ") NOT IN ('true', 'false')");
      }
    }

    private void limits() {
      Cursor after = query.after();
      if (order == null) {
        if (after != null) {
          conditions.add(id + " > ?");
          values.add(after.id());
        }
        return;
      }
      conditions.add(order + " IS NOT NULL");
      Range range = query.range();
      if (range != null && range.from() != null) {
        conditions.add(order + " >= ?");
        values.add(sql(range.from()));
      }
      if (range != null && range.to() != null) {
        conditions.add(order + " <= ?");
        values.add(sql(range.to()));
      }
      if (after != null) {
        Order by = query.order();
        String beyond = by != null && by.direction() == Direction.DESCENDING ? "<" : ">";
        // An index serves the first condition.
        conditions.add(
            "%1$s %3$s= ? AND (%1$s %3$s ? OR %2$s %3$s ?)".formatted(order, id, beyond));
        Object value = sql(after.value() == null ? JsonNull.INSTANCE : after.value());
        values.add(value);
        values.add(value);
        values.add(after.id());
      }
    }
  }
}
