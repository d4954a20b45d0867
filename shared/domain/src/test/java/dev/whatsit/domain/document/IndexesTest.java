package dev.whatsit.domain.document;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.RecordPage;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.SpendingLedger;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Checks the indexes: the Firestore emulator runs every query, but the service only those that have
 * an index in {@code firestore.indexes.json}.
 */
class IndexesTest {
  private static final List<Codec<?>> CODECS =
      List.of(
          RecordStore.CODEC,
          ThumbnailRecords.CODEC,
          CallbackStore.CODEC,
          BatchStore.BATCHES,
          BatchStore.ITEMS,
          BatchStore.KEYS,
          SpendingLedger.CODEC);

  private JsonObject file;

  @BeforeEach
  void read() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(DocumentStore.class.getResourceAsStream("firestore.indexes.json"))) {
      file =
          JsonParser.parseString(new String(in.readAllBytes(), StandardCharsets.UTF_8))
              .getAsJsonObject();
    }
  }

  @Test
  void indexes_areThoseThatTheQueriesNeed() {
    Set<String> there = new HashSet<>();
    for (JsonElement index : file.getAsJsonArray("indexes")) {
      assertThat(text(index, "queryScope")).isEqualTo("COLLECTION");
      StringBuilder fields = new StringBuilder(text(index, "collectionGroup"));
      for (JsonElement field : index.getAsJsonObject().getAsJsonArray("fields")) {
        fields
            .append(' ')
            .append(text(field, "fieldPath"))
            .append(' ')
            .append(text(field, "order"));
      }
      there.add(fields.toString());
    }
    for (JsonElement override : file.getAsJsonArray("fieldOverrides")) {
      for (JsonElement index : override.getAsJsonObject().getAsJsonArray("indexes")) {
        assertThat(text(index, "queryScope")).isEqualTo("COLLECTION");
        there.add(
            text(override, "collectionGroup")
                + " "
                + text(override, "fieldPath")
                + " "
                + text(index, "order"));
      }
    }

    assertThat(there).isEqualTo(needed());
  }

  @Test
  void overrides_everyFieldThatIsWritten_isNamedOnce() {
    List<String> named = new ArrayList<>();
    for (JsonElement override : file.getAsJsonArray("fieldOverrides")) {
      named.add(text(override, "collectionGroup") + " " + text(override, "fieldPath"));
    }
    Set<String> written = new TreeSet<>();
    for (Codec<?> codec : CODECS) {
      codec.fields().forEach(field -> written.add(codec.collection().name() + " " + field));
    }

    assertThat(named).containsExactlyInAnyOrderElementsOf(written);
  }

  @Test
  void overrides_timeToLive_isOfEveryExpiryAndOfTimestampsAlone() {
    Set<String> policies = new TreeSet<>();
    for (JsonElement override : file.getAsJsonArray("fieldOverrides")) {
      if (override.getAsJsonObject().has("ttl")) {
        policies.add(text(override, "collectionGroup") + " " + text(override, "fieldPath"));
      }
    }
    Set<String> expiries = new TreeSet<>();
    for (Codec<?> codec : CODECS) {
      if (codec.collection().timestamps().contains("expire_at")) {
        expiries.add(codec.collection().name() + " expire_at");
      }
    }

    assertThat(policies).hasSize(5).isEqualTo(expiries);
  }

  /** The index of every query that the stores make. */
  private static Set<String> needed() {
    Recorder recorder = new Recorder();
    ImageHash hash = new ImageHash("0".repeat(64));
    Subject subject = Subject.of(hash, 2);
    RecordStore records = new RecordStore(recorder);
    for (RecordPage.Position after :
        new RecordPage.Position[] {null, new RecordPage.Position(Instant.EPOCH, hash)}) {
      records.list(null, after, 1, Instant.EPOCH);
      for (Status status : Status.values()) {
        records.list(status, after, 1, Instant.EPOCH);
      }
    }
    records.overdue(Instant.EPOCH, 1);
    records.releaseAll(Instant.EPOCH);
    CallbackStore callbacks = new CallbackStore(recorder);
    callbacks.register(
        Callback.waiting(subject, CallbackKind.WEBHOOK, "https://example.org", Instant.EPOCH),
        1,
        Instant.EPOCH);
    callbacks.waiting(subject, 1);
    callbacks.list(subject, CallbackKind.WEBHOOK, 1, Instant.EPOCH);
    callbacks.overdue(Instant.EPOCH, 1);
    callbacks.releaseAll(Instant.EPOCH);
    BatchStore batches = new BatchStore(recorder);
    batches.hasOpenItems(BatchId.random());
    batches.waitingFor(hash, 1);
    batches.overdueBatches(Instant.EPOCH, 1);
    batches.overdueItems(Instant.EPOCH, 1);
    return recorder.needed;
  }

  /** An empty store that records which index each query needs. */
  private static final class Recorder implements DocumentStore {
    private record Written() implements Version {}

    private final Set<String> needed = new LinkedHashSet<>();

    /**
     * The fields compared for equality, then the field of the order. Every index implicitly ends
     * with the document's id, in the direction of the last field ("Index types", Firestore
     * documentation).
     */
    @Override
    public List<Document> query(Query query) {
      StringBuilder index = new StringBuilder(query.collection().name());
      assertThat(query.contains()).isNull();
      query.equal().keySet().forEach(field -> index.append(' ').append(field).append(" ASCENDING"));
      Query.Order order = query.order();
      if (order != null) {
        index.append(' ').append(order.field()).append(' ').append(order.direction());
      }
      needed.add(index.toString());
      return List.of();
    }

    @Override
    public Optional<Document> get(DocumentKey key) {
      return Optional.empty();
    }

    @Override
    public List<Document> getAll(List<DocumentKey> keys) {
      return List.of();
    }

    @Override
    public Optional<List<Version>> commit(List<Write> writes) {
      return Optional.of(writes.stream().<Version>map(write -> new Written()).toList());
    }

    @Override
    public long count(Query query) {
      return query(query).size();
    }

    @Override
    public void check() {}
  }

  private static String text(JsonElement object, String member) {
    return object.getAsJsonObject().get(member).getAsString();
  }
}
