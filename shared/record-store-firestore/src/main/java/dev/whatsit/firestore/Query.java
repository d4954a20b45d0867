package dev.whatsit.firestore;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.time.Instant;
import java.util.List;

/**
 * A query over one collection. Built step by step, each of which changes it.
 *
 * @see <a
 *     href="https://cloud.google.com/firestore/docs/reference/rest/v1/StructuredQuery">StructuredQuery</a>
 */
final class Query {
  /** The field path that stands for the document's own name. */
  static final String NAME = "__name__";

  private final JsonObject json = new JsonObject();
  private final JsonArray filters = new JsonArray();
  private final JsonArray order = new JsonArray();

  /** What a field is compared by. */
  enum Operator {
    EQUAL,
    LESS_THAN_OR_EQUAL,
    GREATER_THAN_OR_EQUAL
  }

  /** Which way a query is sorted. */
  enum Direction {
    ASCENDING,
    DESCENDING
  }

  private Query(String collection, int limit) {
    JsonObject from = new JsonObject();
    from.addProperty("collectionId", collection);
    json.add("from", array(from));
    json.addProperty("limit", limit);
  }

  /** Over the documents of a collection, so many at most. */
  static Query in(String collection, int limit) {
    return new Query(collection, limit);
  }

  /** Those that were due by an instant, the longest overdue first. */
  static Query overdue(String collection, String field, Instant now, int limit) {
    return in(collection, limit)
        .where(field, Operator.LESS_THAN_OR_EQUAL, Fields.of(now))
        .orderBy(field, Direction.ASCENDING);
  }

  /** Those whose field compares so; after an earlier filter, those for which both hold. */
  Query where(String field, Operator operator, Value value) {
    JsonObject comparison = new JsonObject();
    comparison.add("field", path(field));
    comparison.addProperty("op", operator.name());
    comparison.add("value", value.json());
    JsonObject filter = new JsonObject();
    filter.add("fieldFilter", comparison);
    filters.add(filter);
    return this;
  }

  /** Sorted by a field, after those that were named before. */
  Query orderBy(String field, Direction direction) {
    JsonObject one = new JsonObject();
    one.add("field", path(field));
    one.addProperty("direction", direction.name());
    order.add(one);
    return this;
  }

  /** After the document with these values of the fields by which it is sorted. */
  Query startAfter(List<Value> values) {
    JsonArray all = new JsonArray();
    values.forEach(value -> all.add(value.json()));
    JsonObject cursor = new JsonObject();
    cursor.add("values", all);
    json.add("startAt", cursor);
    return this;
  }

  /** No fields, only the names. */
  Query namesOnly() {
    JsonObject select = new JsonObject();
    select.add("fields", array(path(NAME)));
    json.add("select", select);
    return this;
  }

  /** As the service takes it. */
  JsonObject json() {
    JsonObject whole = json.deepCopy();
    if (filters.size() == 1) {
      whole.add("where", filters.get(0));
    } else if (!filters.isEmpty()) {
      JsonObject all = new JsonObject();
      all.addProperty("op", "AND");
      all.add("filters", filters);
      JsonObject where = new JsonObject();
      where.add("compositeFilter", all);
      whole.add("where", where);
    }
    if (!order.isEmpty()) {
      whole.add("orderBy", order);
    }
    return whole;
  }

  private static JsonObject path(String field) {
    JsonObject path = new JsonObject();
    path.addProperty("fieldPath", field);
    return path;
  }

  private static JsonArray array(JsonObject one) {
    JsonArray array = new JsonArray();
    array.add(one);
    return array;
  }
}
