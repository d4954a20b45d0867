package dev.whatsit.documents.firestore;

import com.google.api.core.ApiFuture;
import com.google.api.gax.core.FixedCredentialsProvider;
import com.google.api.gax.rpc.StatusCode;
import com.google.cloud.Timestamp;
import com.google.cloud.firestore.DocumentReference;
import com.google.cloud.firestore.DocumentSnapshot;
import com.google.cloud.firestore.FieldPath;
import com.google.cloud.firestore.FieldValue;
import com.google.cloud.firestore.Firestore;
import com.google.cloud.firestore.FirestoreOptions;
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
import dev.whatsit.grpc.GoogleClient;
import dev.whatsit.grpc.GrpcChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Stores documents in Cloud Firestore: each collection is a Firestore collection, and each member
 * is a field.
 */
final class FirestoreDocumentStore implements DocumentStore, AutoCloseable {
  static final Duration MAX_CALL = Duration.ofSeconds(DocumentStore.MAX_CALL_SECONDS);

  private static final int MAX_ATTEMPTS = 4;

  /** A document that never exists. Reading it still shows that the service responds. */
  private static final DocumentKey HEALTH =
      new DocumentKey(new DocumentCollection("images", Set.of(), Set.of()), "health");

  private final GoogleClient<Firestore> firestore;
  private final Duration maxCall;

  /**
   * Creates a store. Its client is built at first use.
   *
   * @param maxCall the deadline of a call
   */
  FirestoreDocumentStore(FirestoreSettings settings, Duration maxCall) {
    this.maxCall = maxCall;
    this.firestore =
        new GoogleClient<>(
            "Firestore",
            () -> open(settings, maxCall),
            Firestore::shutdownNow,
            FirestoreDocumentStore::advice);
  }

  private static Firestore open(FirestoreSettings settings, Duration maxCall) {
    FirestoreOptions.Builder options =
        FirestoreOptions.newBuilder()
            .setProjectId(settings.project())
            .setDatabaseId(settings.database())
            // One attempt may take the whole time: a commit is not retried after a timeout.
            .setRetrySettings(GrpcChannel.retries(maxCall, maxCall, MAX_ATTEMPTS))
            .setChannelProvider(
                new GrpcChannel(settings.emulator(), maxCall)
                    .provider(FirestoreOptions.getDefaultTransportChannelProviderBuilder()));
    if (settings.emulator() != null) {
      // With NoCredentials the client would call the real service. With setEmulatorHost, which the
      // client also reads from the environment, it would replace the channel's settings.
      options.setCredentialsProvider(
          FixedCredentialsProvider.create(new FirestoreOptions.EmulatorCredentials()));
    }
    return options.build().getService();
  }

  /** Advice to an operator. */
  private static String advice(StatusCode.Code code) {
    return switch (code) {
      case NOT_FOUND ->
          "create the database in Firestore's native mode, or correct FIRESTORE_DATABASE or"
              + " GOOGLE_CLOUD_PROJECT";
      case FAILED_PRECONDITION -> "create the indexes of firestore.indexes.json";
      case PERMISSION_DENIED, UNAUTHENTICATED ->
          "give the function's service account roles/datastore.user, and enable the Firestore API";
      case RESOURCE_EXHAUSTED -> "over a quota of Firestore";
      default -> "";
    };
  }

  private <T> T call(String action, Function<Firestore, ApiFuture<T>> request) {
    return firestore.call(action, maxCall, request);
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
        call(
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
          call(
              "write " + some(keys),
              client -> {
                WriteBatch batch = client.batch();
                writes.forEach(write -> add(client, batch, write));
                return batch.commit();
              });
    } catch (TransientFailure e) {
      if (isConflict(e, conditional)) {
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

  /**
   * Whether a precondition of a write failed. A commit that the client retries after a lost
   * response fails in the same way. ABORTED is contention. NOT_FOUND means that a document with an
   * expected version was deleted, or that the database does not exist, which a read finds out.
   */
  private boolean isConflict(TransientFailure failure, boolean conditional) {
    StatusCode.Code code = GoogleClient.code(failure);
    if (code == StatusCode.Code.NOT_FOUND && conditional) {
      check();
      return true;
    }
    return switch (code) {
      case ALREADY_EXISTS, FAILED_PRECONDITION, ABORTED -> true;
      default -> false;
    };
  }

  @Override
  public List<Document> query(Query query) {
    return call("query " + query.collection().name(), client -> of(client, query).get())
        .getDocuments()
        .stream()
        .limit(query.limit()) // After an interrupted response the client may return too many.
        .map(found -> document(query.collection(), found, query.select() == null))
        .toList();
  }

  @Override
  public long count(Query query) {
    return call("count " + query.collection().name(), client -> of(client, query).count().get())
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
    // An update needs at least one field. Every put has this one; if the new document lacks it, it
    // is deleted.
    Object writeId = after.getOrDefault(Documents.WRITE_ID, FieldValue.delete());
    Set<String> names = new HashSet<>(before.keySet());
    names.addAll(after.keySet());
    names.remove(Documents.WRITE_ID);
    List<Object> others = new ArrayList<>();
    for (String name : names) {
      Object value = after.get(name);
      if (!Objects.equals(value, before.get(name))) {
        // As a FieldPath, because a dot in a plain name would separate two names.
        others.add(FieldPath.of(name));
        others.add(value == null ? FieldValue.delete() : value);
      }
    }
    batch.update(
        reference,
        Precondition.updatedAt(seen.updated()),
        FieldPath.of(Documents.WRITE_ID),
        writeId,
        others.toArray());
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

  /** Closes the client. Running calls and all later calls fail. */
  @Override
  public void close() {
    firestore.close();
  }
}
