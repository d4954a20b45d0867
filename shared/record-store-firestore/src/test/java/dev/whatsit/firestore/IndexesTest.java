package dev.whatsit.firestore;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.Status;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The emulator answers every query; the service only those that {@code firestore.indexes.json}
 * serves.
 */
class IndexesTest {
  private static final RecordQueries.After AFTER =
      new RecordQueries.After(Instant.EPOCH, "projects/p/databases/d/documents/images/x");

  private JsonObject file;

  @BeforeEach
  void read() throws IOException {
    try (InputStream list = DocumentStore.class.getResourceAsStream("firestore.indexes.json")) {
      file =
          JsonParser.parseString(new String(list.readAllBytes(), StandardCharsets.UTF_8))
              .getAsJsonObject();
    }
  }

  @Test
  void indexes_ofSeveralFields_areThoseThatTheQueriesNeed() {
    Set<List<String>> needed = new HashSet<>(needed());
    needed.removeIf(index -> index.size() == 1);

    Set<List<String>> there = new HashSet<>();
    for (JsonElement index : file.getAsJsonArray("indexes")) {
      assertThat(text(index, "collectionGroup")).isEqualTo(RecordDocument.COLLECTION);
      assertThat(text(index, "queryScope")).isEqualTo("COLLECTION");
      List<String> fields = new ArrayList<>();
      for (JsonElement field : index.getAsJsonObject().getAsJsonArray("fields")) {
        fields.add(text(field, "fieldPath") + " " + text(field, "order"));
      }
      there.add(fields);
    }
    assertThat(there).isNotEmpty().isEqualTo(needed);
  }

  @Test
  void indexes_ofOneField_areThoseThatTheQueriesNeed() {
    Set<List<String>> needed = new HashSet<>(needed());
    needed.removeIf(index -> index.size() > 1);

    assertThat(ofOneField(RecordDocument.COLLECTION)).isNotEmpty().isEqualTo(needed);
  }

  @Test
  void indexes_ofCallbacks_areThoseThatTheQueriesNeed() {
    Set<List<String>> needed = new HashSet<>();
    for (Query query :
        List.of(
            CallbackDocument.overdue(Instant.EPOCH, 1),
            CallbackDocument.waiting("subject", 1),
            CallbackDocument.siblings(new Subject("subject", 1), CallbackKind.WEBHOOK, 1))) {
      needed.add(index(query));
    }

    assertThat(ofOneField(CallbackDocument.COLLECTION)).hasSize(3).isEqualTo(needed);
  }

  @Test
  void overrides_everyFieldThatIsWritten_isNamedOnce() {
    Set<String> written = new TreeSet<>(RecordDocument.FIELDS);
    written.add(Documents.WRITE_ID);
    written.add(FirestoreThumbnailRecords.THUMBNAILS);

    assertThat(overrides(RecordDocument.COLLECTION))
        .extracting(override -> text(override, "fieldPath"))
        .containsExactlyInAnyOrderElementsOf(written);
    assertThat(overrides(BatchDocument.COLLECTION))
        .extracting(override -> text(override, "fieldPath"))
        .containsExactlyInAnyOrderElementsOf(with(BatchDocument.FIELDS, Documents.WRITE_ID));
    assertThat(overrides(BatchItemDocument.COLLECTION))
        .extracting(override -> text(override, "fieldPath"))
        .containsExactlyInAnyOrderElementsOf(
            with(with(BatchItemDocument.FIELDS, Documents.WRITE_ID), BatchItemDocument.EXPIRE_AT));
    assertThat(overrides(FirestoreBatchStore.KEYS))
        .extracting(override -> text(override, "fieldPath"))
        .containsExactlyInAnyOrder(
            FirestoreBatchStore.BODY_DIGEST,
            FirestoreBatchStore.BATCH,
            FirestoreBatchStore.EXPIRE_AT);
    assertThat(overrides(FirestoreSpendingLedger.COLLECTION))
        .extracting(override -> text(override, "fieldPath"))
        .containsExactlyInAnyOrder(FirestoreSpendingLedger.UNITS, Documents.WRITE_ID);
    Set<String> ofCallbacks = new TreeSet<>(CallbackDocument.FIELDS);
    ofCallbacks.add(Documents.WRITE_ID);
    assertThat(overrides(CallbackDocument.COLLECTION))
        .extracting(override -> text(override, "fieldPath"))
        .containsExactlyInAnyOrderElementsOf(ofCallbacks);
  }

  @Test
  void overrides_timeToLive_isOfTheExpiryAlone() {
    assertThat(file.getAsJsonArray("fieldOverrides"))
        .filteredOn(override -> override.getAsJsonObject().has("ttl"))
        .extracting(override -> text(override, "collectionGroup"))
        .containsExactlyInAnyOrder(
            RecordDocument.COLLECTION,
            BatchDocument.COLLECTION,
            BatchItemDocument.COLLECTION,
            FirestoreBatchStore.KEYS,
            CallbackDocument.COLLECTION);
    assertThat(file.getAsJsonArray("fieldOverrides"))
        .filteredOn(override -> override.getAsJsonObject().has("ttl"))
        .extracting(override -> text(override, "fieldPath"))
        .containsOnly(RecordDocument.EXPIRE_AT);
  }

  @Test
  void indexes_ofBatches_areThoseThatTheQueriesNeed() {
    assertThat(indexes(BatchDocument.COLLECTION))
        .containsExactly(index(BatchQueries.overdueBatches(Instant.EPOCH, 1)));
    assertThat(indexes(BatchItemDocument.COLLECTION))
        .containsExactlyInAnyOrder(
            index(BatchQueries.overdueItems(Instant.EPOCH, 1)),
            index(BatchQueries.open(BatchId.random())),
            index(BatchQueries.waiting(new ImageHash("0".repeat(64)), 1)));
    assertThat(indexes(FirestoreBatchStore.KEYS)).isEmpty();
  }

  /** The indexes of one field that a collection has. */
  private List<List<String>> indexes(String collection) {
    List<List<String>> there = new ArrayList<>();
    for (JsonObject override : overrides(collection)) {
      for (JsonElement index : override.getAsJsonArray("indexes")) {
        there.add(List.of(text(override, "fieldPath") + " " + text(index, "order")));
      }
    }
    return there;
  }

  private static Set<String> with(Set<String> fields, String one) {
    Set<String> all = new TreeSet<>(fields);
    all.add(one);
    return all;
  }

  private Set<List<String>> ofOneField(String collection) {
    Set<List<String>> there = new HashSet<>();
    for (JsonObject override : overrides(collection)) {
      for (JsonElement index : override.getAsJsonArray("indexes")) {
        assertThat(text(index, "queryScope")).isEqualTo("COLLECTION");
        there.add(List.of(text(override, "fieldPath") + " " + text(index, "order")));
      }
    }
    return there;
  }

  /** Of every query that the store of records makes. */
  private static List<List<String>> needed() {
    List<Query> queries = new ArrayList<>();
    queries.add(RecordQueries.overdue(Instant.EPOCH, 1));
    for (RecordQueries.After after : new RecordQueries.After[] {null, AFTER}) {
      queries.add(RecordQueries.list(null, after, 1));
      for (Status status : Status.values()) {
        queries.add(RecordQueries.list(status, after, 1));
      }
    }
    return queries.stream().map(IndexesTest::index).toList();
  }

  /**
   * The index that a query needs: what is compared for equality, then what it is sorted by. The
   * document's name ends every index by itself, in the direction of the last field ("Index types",
   * Firestore documentation).
   */
  private static List<String> index(Query query) {
    JsonObject json = query.json();
    List<String> index = new ArrayList<>();
    JsonArray order = json.has("orderBy") ? json.getAsJsonArray("orderBy") : new JsonArray();
    if (json.has("where")) {
      JsonObject filter = json.getAsJsonObject("where").getAsJsonObject("fieldFilter");
      if (text(filter, "op").equals("EQUAL")) {
        index.add(path(filter) + " ASCENDING");
      } else {
        assertThat(path(filter))
            .as("an inequality is on what is sorted by first")
            .isEqualTo(path(order.get(0)));
      }
    }
    String last = "";
    for (JsonElement one : order) {
      if (path(one).equals(Query.NAME)) {
        assertThat(text(one, "direction")).isEqualTo(last);
      } else {
        index.add(path(one) + " " + text(one, "direction"));
      }
      last = text(one, "direction");
    }
    return index;
  }

  private static String path(JsonElement comparisonOrOrder) {
    return text(comparisonOrOrder.getAsJsonObject().get("field"), "fieldPath");
  }

  private List<JsonObject> overrides(String collection) {
    JsonArray all = file.getAsJsonArray("fieldOverrides");
    List<JsonObject> overrides = new ArrayList<>();
    for (JsonElement override : all) {
      if (text(override, "collectionGroup").equals(collection)) {
        overrides.add(override.getAsJsonObject());
      }
    }
    return overrides;
  }

  private static String text(JsonElement object, String member) {
    return object.getAsJsonObject().get(member).getAsString();
  }
}
