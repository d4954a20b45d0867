package dev.whatsit.documents.firestore;

import com.google.cloud.Timestamp;
import com.google.cloud.firestore.DocumentReference;
import com.google.cloud.firestore.DocumentSnapshot;
import com.google.cloud.firestore.FieldPath;
import com.google.cloud.firestore.FieldValue;
import com.google.cloud.firestore.Firestore;
import com.google.cloud.firestore.Precondition;
import com.google.cloud.firestore.WriteBatch;
import com.google.cloud.firestore.WriteResult;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.whatsit.domain.document.Document;
import dev.whatsit.domain.document.DocumentCollection;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.DocumentSize;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.document.Documents;
import dev.whatsit.domain.document.Query;
import dev.whatsit.domain.document.Version;
import dev.whatsit.domain.document.Write;
import dev.whatsit.domain.failure.TransientFailure;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stores documents in Cloud Firestore: each collection is a Firestore collection, and each member
 * is a field.
 */
final class FirestoreDocumentStore implements DocumentStore {
  /** A document that never exists. Reading it still shows that the service responds. */
  private static final DocumentKey HEALTH =
      new DocumentKey(new DocumentCollection("images", Set.of(), Set.of()), "health");

  private final FirestoreConnection connection;

  FirestoreDocumentStore(FirestoreConnection connection) {
    this.connection = connection;
  }

  /**
   * The version of a document: the precondition of a write. Firestore has no conditional write that
   * replaces a document. So a replacement is an update that also deletes the previous fields that
   * are not in the new document.
   *
   * @param updated the document's update time; the precondition
   * @param fields all fields that the document had, or null when only some were read
   */
  private record Seen(Timestamp updated, @Nullable JsonObject fields) implements Version {
    /** Leaves out the fields, which may contain secrets. */
    @Override
    public String toString() {
      return updated.toString();
    }
  }

  @Override
  public Optional<Document> get(DocumentKey key) {
    return getAll(List.of(key)).stream().findFirst();
  }

  @Override
  public List<Document> getAll(List<DocumentKey> keys) {
    if (keys.isEmpty()) {
      return List.of();
    }
    String action = "read " + some(keys);
    List<@Nullable DocumentSnapshot> snapshots =
        connection.call(
            action,
            client ->
                client.getAll(
                    keys.stream()
                        .map(key -> reference(client, key))
                        .toArray(DocumentReference[]::new)));
    List<Document> found = new ArrayList<>(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      DocumentSnapshot snapshot = snapshots.get(i);
      if (snapshot == null) {
        // The client takes a truncated response for a complete one.
        throw new TransientFailure(
            "Firestore: cannot " + action + ": no response about " + keys.get(i));
      }
      if (snapshot.exists()) {
        found.add(document(keys.get(i).collection(), snapshot, true));
      }
    }
    return found;
  }

  @Override
  public Optional<List<Version>> commit(List<Write> writes) {
    DocumentSize.check(writes);
    // Check the versions here: an exception within the call would count as the service's.
    boolean conditional =
        writes.stream().map(FirestoreDocumentStore::seen).filter(Objects::nonNull).count() > 0;
    List<DocumentKey> keys = writes.stream().map(Write::key).toList();
    List<WriteResult> results;
    try {
      results =
          connection.call(
              "write " + some(keys),
              client -> {
                WriteBatch batch = client.batch();
                writes.forEach(write -> add(client, batch, write));
                return batch.commit();
              });
    } catch (TransientFailure e) {
      if (FirestoreFailures.isConflict(e, conditional)) {
        return Optional.empty();
      }
      throw e;
    }
    List<Version> versions = new ArrayList<>(writes.size());
    for (int i = 0; i < writes.size(); i++) {
      JsonObject fields = writes.get(i) instanceof Write.Put put ? put.fields() : new JsonObject();
      versions.add(new Seen(results.get(i).getUpdateTime(), fields));
    }
    return Optional.of(versions);
  }

  @Override
  public List<Document> query(Query query) {
    return connection
        .call("query " + query.collection().name(), client -> of(client, query).get())
        .getDocuments()
        .stream()
        .limit(query.limit()) // After an interrupted response the client may return too many.
        .map(found -> document(query.collection(), found, query.select() == null))
        .toList();
  }

  @Override
  public long count(Query query) {
    return connection
        .call("count " + query.collection().name(), client -> of(client, query).count().get())
        .getCount();
  }

  @Override
  public void check() {
    get(HEALTH);
  }

  private static DocumentReference reference(Firestore client, DocumentKey key) {
    return client.collection(key.collection().name()).document(key.id());
  }

  private static Document document(
      DocumentCollection collection, DocumentSnapshot snapshot, boolean whole) {
    JsonObject fields = FirestoreValues.json(Objects.requireNonNull(snapshot.getData()));
    return new Document(
        new DocumentKey(collection, snapshot.getId()),
        fields,
        new Seen(Objects.requireNonNull(snapshot.getUpdateTime()), whole ? fields : null));
  }

  private static @Nullable Seen seen(Write write) {
    Version expected =
        write instanceof Write.Put put ? put.expected() : ((Write.Delete) write).expected();
    if (expected == null) {
      return null;
    }
    if (expected instanceof Seen seen && seen.fields() != null) {
      return seen;
    }
    throw new IllegalArgumentException(
        write.key() + ": not a version of a whole document in this store: " + expected);
  }

  private static void add(Firestore client, WriteBatch batch, Write write) {
    DocumentReference reference = reference(client, write.key());
    DocumentCollection collection = write.key().collection();
    Seen seen = seen(write);
    if (write instanceof Write.Put put) {
      if (seen == null) {
        batch.create(reference, FirestoreValues.fields(collection, put.fields()));
      } else {
        update(
            batch,
            reference,
            seen,
            FirestoreValues.fields(collection, Objects.requireNonNull(seen.fields())),
            FirestoreValues.fields(collection, put.fields()));
      }
    } else {
      batch.delete(reference, Precondition.updatedAt(Objects.requireNonNull(seen).updated()));
    }
  }

  /**
   * Writes only the fields that change. An unchanged field keeps its type, even a type that this
   * program does not know.
   */
  private static void update(
      WriteBatch batch,
      DocumentReference reference,
      Seen seen,
      Map<String, Object> before,
      Map<String, Object> after) {
    Map<String, Object> changes = new LinkedHashMap<>();
    // An update needs at least one field. Every put has this one; if the new document lacks it, it
    // is deleted.
    changes.put(Documents.WRITE_ID, after.getOrDefault(Documents.WRITE_ID, FieldValue.delete()));
    Set<String> names = new HashSet<>(before.keySet());
    names.addAll(after.keySet());
    for (String name : names) {
      Object value = after.get(name);
      if (!Objects.equals(value, before.get(name))) {
        changes.put(name, value == null ? FieldValue.delete() : value);
      }
    }
    List<Object> pairs = new ArrayList<>(2 * changes.size());
    changes.forEach(
        (name, value) -> {
          // As a FieldPath, because a dot in a plain name would separate two names.
          pairs.add(FieldPath.of(name));
          pairs.add(value);
        });
    batch.update(
        reference,
        Precondition.updatedAt(seen.updated()),
        (FieldPath) pairs.get(0),
        pairs.get(1),
        pairs.subList(2, pairs.size()).toArray());
  }

  private static com.google.cloud.firestore.Query of(Firestore client, Query query) {
    DocumentCollection collection = query.collection();
    com.google.cloud.firestore.Query built = client.collection(collection.name());
    for (Map.Entry<String, ? extends JsonElement> equal : query.equal().entrySet()) {
      built =
          built.whereEqualTo(
              FieldPath.of(equal.getKey()),
              FirestoreValues.value(collection, equal.getKey(), equal.getValue()));
    }
    Query.Contains contains = query.contains();
    if (contains != null) {
      built = built.whereArrayContains(FieldPath.of(contains.field()), contains.value());
    }
    List<Object> after = new ArrayList<>(2);
    Query.Cursor cursor = query.after();
    com.google.cloud.firestore.Query.Direction direction =
        com.google.cloud.firestore.Query.Direction.ASCENDING;
    Query.Order order = query.order();
    if (order != null) {
      String field = order.field();
      FieldPath path = FieldPath.of(field);
      direction = com.google.cloud.firestore.Query.Direction.valueOf(order.direction().name());
      Query.Range range = query.range();
      if (range != null && range.from() != null) {
        built = built.whereGreaterThanOrEqualTo(path, value(collection, field, range.from()));
      }
      if (range != null && range.to() != null) {
        built = built.whereLessThanOrEqualTo(path, value(collection, field, range.to()));
      }
      built = built.orderBy(path, direction);
      if (cursor != null && cursor.value() != null) {
        after.add(value(collection, field, cursor.value()));
      }
    }
    built = built.orderBy(FieldPath.documentId(), direction);
    if (cursor != null) {
      after.add(cursor.id());
      built = built.startAfter(after.toArray());
    }
    Set<String> select = query.select();
    if (select != null) {
      built =
          built.select(
              select.isEmpty()
                  ? new FieldPath[] {FieldPath.documentId()}
                  : select.stream().map(FieldPath::of).toArray(FieldPath[]::new));
    }
    return built.limit(query.limit());
  }

  private static Object value(DocumentCollection collection, String field, JsonElement json) {
    return Objects.requireNonNull(FirestoreValues.value(collection, field, json));
  }

  private static String some(List<DocumentKey> keys) {
    return keys.get(0) + (keys.size() == 1 ? "" : " and " + (keys.size() - 1) + " more");
  }
}
