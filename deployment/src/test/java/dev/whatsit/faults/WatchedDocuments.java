package dev.whatsit.faults;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.whatsit.domain.document.Document;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.document.Instants;
import dev.whatsit.domain.document.Query;
import dev.whatsit.domain.document.Version;
import dev.whatsit.domain.document.Write;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Wraps a store and shifts every instant in a document by the time that the test moved its clock:
 * later on a write, earlier on a read. So leases end and work becomes overdue without waiting.
 * Reports every document that it reads or writes to the invariants. Thread-safe.
 */
record WatchedDocuments(Invariants invariants, DocumentStore store) implements DocumentStore {
  private static final Pattern INSTANT =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");

  @Override
  public Optional<Document> get(DocumentKey key) {
    return store.get(key).map(this::seen);
  }

  @Override
  public List<Document> getAll(List<DocumentKey> keys) {
    return store.getAll(keys).stream().map(this::seen).toList();
  }

  @Override
  public Optional<List<Version>> commit(List<Write> writes) {
    List<Write> later = writes.stream().map(this::later).toList();
    Optional<List<Version>> versions = store.commit(later);
    if (versions.isPresent()) {
      for (Write write : later) {
        if (write instanceof Write.Put put) {
          invariants.written(put.key(), put.fields());
        }
      }
    }
    return versions;
  }

  @Override
  public List<Document> query(Query query) {
    return store.query(later(query)).stream().map(this::earlier).toList();
  }

  @Override
  public long count(Query query) {
    return store.count(later(query));
  }

  @Override
  public void check() {
    store.check();
  }

  private Document seen(Document document) {
    invariants.seen(document.key(), document.fields());
    return earlier(document);
  }

  private Document earlier(Document document) {
    return new Document(
        document.key(),
        (JsonObject) moved(document.fields(), invariants.ahead().negated()),
        document.version());
  }

  private Write later(Write write) {
    return write instanceof Write.Put put
        ? new Write.Put(
            put.key(), (JsonObject) moved(put.fields(), invariants.ahead()), put.expected())
        : write;
  }

  private Query later(Query query) {
    Query.Range range = query.range();
    Query.Cursor after = query.after();
    return new Query(
        query.collection(),
        query.equal(),
        query.contains(),
        query.order(),
        range == null ? null : new Query.Range(later(range.from()), later(range.to())),
        after == null ? null : new Query.Cursor(later(after.value()), after.id()),
        query.select(),
        query.limit());
  }

  private @Nullable JsonPrimitive later(@Nullable JsonPrimitive value) {
    return value == null ? null : (JsonPrimitive) moved(value, invariants.ahead());
  }

  private static JsonElement moved(JsonElement json, Duration by) {
    if (json instanceof JsonObject object) {
      JsonObject moved = new JsonObject();
      for (Map.Entry<String, JsonElement> member : object.entrySet()) {
        moved.add(member.getKey(), moved(member.getValue(), by));
      }
      return moved;
    }
    if (json instanceof JsonArray array) {
      JsonArray moved = new JsonArray();
      array.forEach(element -> moved.add(moved(element, by)));
      return moved;
    }
    if (json instanceof JsonPrimitive primitive
        && primitive.isString()
        && INSTANT.matcher(primitive.getAsString()).matches()) {
      Instant instant = Instant.parse(primitive.getAsString());
      return instant.equals(Instants.MAX) ? json : Instants.primitive(instant.plus(by));
    }
    return json;
  }
}
