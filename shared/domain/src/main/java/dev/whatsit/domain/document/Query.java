package dev.whatsit.domain.document;

import com.google.gson.JsonPrimitive;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A query over one collection: equality of any top-level fields, membership in one list field, and
 * an order by one field with a range on it. The project's index list contains every combination
 * that is used. Immutable; each method returns a changed copy.
 *
 * @param collection the collection to search
 * @param equal required values of fields
 * @param contains the list field that must hold a value, or null
 * @param order the field to order by, then by id in the same direction; null for ascending ids
 * @param range inclusive limits for the values of the order's field, or null
 * @param after the position after which the result begins, or null for the beginning
 * @param select projection: the fields to return, empty for the ids alone; null for all fields
 * @param limit the maximum number of documents, 1 to {@value #MAX_LIMIT}
 */
public record Query(
    DocumentCollection collection,
    Map<String, JsonPrimitive> equal,
    @Nullable Contains contains,
    @Nullable Order order,
    @Nullable Range range,
    @Nullable Cursor after,
    @Nullable Set<String> select,
    int limit) {
  /** The maximum number of documents of one query. */
  public static final int MAX_LIMIT = 10_000;

  /** Membership of a string in a list field. */
  public record Contains(String field, String value) {}

  /** The order of a result; the field must hold strings, numbers or instants. */
  public record Order(String field, Direction direction) {}

  /** The direction of an order. */
  public enum Direction {
    /** The smallest first. */
    ASCENDING,
    /** The largest first. */
    DESCENDING
  }

  /** Inclusive limits; null for no limit. */
  public record Range(@Nullable JsonPrimitive from, @Nullable JsonPrimitive to) {}

  /**
   * The position of a document in the order.
   *
   * @param value value of the order's field; null when the order is by id
   * @param id id of the document
   */
  public record Cursor(@Nullable JsonPrimitive value, String id) {}

  public Query {
    equal = Map.copyOf(equal);
    select = select == null ? null : Set.copyOf(select);
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new IllegalArgumentException("limit must be 1 to " + MAX_LIMIT + ": " + limit);
    }
    if (range != null && order == null) {
      throw new IllegalArgumentException("a range needs an order by its field");
    }
    if (after != null && (after.value() == null) != (order == null)) {
      throw new IllegalArgumentException("a cursor has a value when there is an order");
    }
    if (contains != null && !collection.lists().contains(contains.field())) {
      throw new IllegalArgumentException(
          contains.field() + " is not a list field of " + collection.name());
    }
  }

  /** All documents of a collection in the order of their ids, at most {@value #MAX_LIMIT}. */
  public static Query in(DocumentCollection collection) {
    return new Query(collection, Map.of(), null, null, null, null, null, MAX_LIMIT);
  }

  /** Only documents with this value in the field. */
  public Query whereEqual(String field, String value) {
    Map<String, JsonPrimitive> all = new LinkedHashMap<>(equal);
    all.put(field, new JsonPrimitive(value));
    return new Query(collection, all, contains, order, range, after, select, limit);
  }

  /** Only documents with this value in the list field. */
  public Query whereContains(String field, String value) {
    return new Query(
        collection, equal, new Contains(field, value), order, range, after, select, limit);
  }

  public Query orderBy(String field, Direction direction) {
    return new Query(
        collection, equal, contains, new Order(field, direction), range, after, select, limit);
  }

  /** Only documents with an instant in the field at or before this one, earliest first. */
  public Query upTo(String field, Instant latest) {
    return new Query(
        collection,
        equal,
        contains,
        new Order(field, Direction.ASCENDING),
        new Range(null, Instants.primitive(latest)),
        after,
        select,
        limit);
  }

  /** Only documents after a position in the order. */
  public Query startAfter(Cursor cursor) {
    return new Query(collection, equal, contains, order, range, cursor, select, limit);
  }

  /** Returns only these fields of the documents. */
  public Query select(Set<String> fields) {
    return new Query(collection, equal, contains, order, range, after, fields, limit);
  }

  public Query limit(int max) {
    return new Query(collection, equal, contains, order, range, after, select, max);
  }
}
