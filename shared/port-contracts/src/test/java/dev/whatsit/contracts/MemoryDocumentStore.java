package dev.whatsit.contracts;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.whatsit.domain.document.Document;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.DocumentSize;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.document.Query;
import dev.whatsit.domain.document.Version;
import dev.whatsit.domain.document.Write;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Documents in memory, behind one lock. */
final class MemoryDocumentStore implements DocumentStore {
  private record Number(long value) implements Version {}

  private final Map<DocumentKey, Document> documents = new HashMap<>();
  private long last;

  @Override
  public synchronized Optional<Document> get(DocumentKey key) {
    return Optional.ofNullable(documents.get(key));
  }

  @Override
  public synchronized List<Document> getAll(List<DocumentKey> keys) {
    return keys.stream().map(documents::get).filter(Objects::nonNull).toList();
  }

  @Override
  public synchronized Optional<List<Version>> commit(List<Write> writes) {
    DocumentSize.check(writes);
    for (Write write : writes) {
      Document there = documents.get(write.key());
      Version version = there == null ? null : there.version();
      Version expected =
          write instanceof Write.Put put ? put.expected() : ((Write.Delete) write).expected();
      if (!Objects.equals(version, expected)) {
        return Optional.empty();
      }
    }
    List<Version> versions = new ArrayList<>();
    for (Write write : writes) {
      Version version = new Number(++last);
      versions.add(version);
      if (write instanceof Write.Put put) {
        documents.put(put.key(), new Document(put.key(), put.fields().deepCopy(), version));
      } else {
        documents.remove(write.key());
      }
    }
    return Optional.of(versions);
  }

  @Override
  public synchronized List<Document> query(Query query) {
    Comparator<Document> order =
        Comparator.<Document, String>comparing(document -> value(document, query))
            .thenComparing(document -> document.key().id());
    if (query.order() != null && query.order().direction() == Query.Direction.DESCENDING) {
      order = order.reversed();
    }
    Comparator<Document> sorted = order;
    Query.Cursor after = query.after();
    return documents.values().stream()
        .filter(document -> document.key().collection().name().equals(query.collection().name()))
        .filter(document -> matches(document, query))
        .filter(
            document -> after == null || sorted.compare(document, at(document, query, after)) > 0)
        .sorted(sorted)
        .limit(query.limit())
        .toList();
  }

  private static Document at(Document document, Query query, Query.Cursor cursor) {
    JsonObject fields = new JsonObject();
    if (query.order() != null) {
      fields.add(query.order().field(), cursor.value());
    }
    DocumentKey key = new DocumentKey(document.key().collection(), cursor.id());
    return new Document(key, fields, document.version());
  }

  private static String value(Document document, Query query) {
    return query.order() == null ? "" : document.fields().get(query.order().field()).getAsString();
  }

  private static boolean matches(Document document, Query query) {
    for (Map.Entry<String, JsonPrimitive> equal : query.equal().entrySet()) {
      if (!equal.getValue().equals(document.fields().get(equal.getKey()))) {
        return false;
      }
    }
    Query.Contains contains = query.contains();
    if (contains != null
        && !(document.fields().get(contains.field()) instanceof JsonArray array
            && array.contains(new JsonPrimitive(contains.value())))) {
      return false;
    }
    if (query.order() == null) {
      return true;
    }
    JsonElement value = document.fields().get(query.order().field());
    Query.Range range = query.range();
    return value != null
        && (range == null
            || ((range.from() == null
                    || range.from().getAsString().compareTo(value.getAsString()) <= 0)
                && (range.to() == null
                    || range.to().getAsString().compareTo(value.getAsString()) >= 0)));
  }

  @Override
  public synchronized long count(Query query) {
    return query(query).size();
  }

  @Override
  public void check() {}
}
