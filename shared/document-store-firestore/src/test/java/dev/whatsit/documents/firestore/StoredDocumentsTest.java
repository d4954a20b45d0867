package dev.whatsit.documents.firestore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.cloud.Timestamp;
import com.google.cloud.firestore.Blob;
import com.google.cloud.firestore.DocumentReference;
import com.google.cloud.firestore.Firestore;
import com.google.cloud.firestore.GeoPoint;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.whatsit.domain.document.Document;
import dev.whatsit.domain.document.DocumentCollection;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.Query;
import dev.whatsit.domain.document.Version;
import dev.whatsit.domain.document.Write;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The stored form of documents, which TTL policies, the console and later versions read. */
class StoredDocumentsTest {
  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final DocumentCollection THINGS =
      new DocumentCollection("things", Set.of("expire_at"), Set.of("labels"));
  private static final DocumentKey KEY = new DocumentKey(THINGS, "one");

  private Emulated emulated;
  private FirestoreDocumentStore store;
  private Firestore client;
  private DocumentReference stored;

  @BeforeEach
  void open() {
    emulated = Emulated.fresh(FIRESTORE.hostPort());
    store = emulated.store();
    client = emulated.client();
    stored = client.collection("things").document("one");
  }

  @AfterEach
  void close() throws Exception {
    client.close();
    emulated.close();
  }

  @Test
  void put_everyType_isStoredAsFirestoresOwn() throws Exception {
    put(
        """
        {"expire_at": "2026-11-30T12:00:00.123Z", "created": "2026-11-30T12:00:00.123Z",
         "labels": ["a", "b"], "size": 9007199254740993, "share": 1.0, "open": true,
         "a.b": {"c.d": 1, "nothing": null}, "nothing": null}
        """);

    assertThat(stored.get().get().getData())
        .isEqualTo(
            Map.of(
                "expire_at",
                timestamp("2026-11-30T12:00:00.123Z"),
                "created",
                "2026-11-30T12:00:00.123Z",
                "labels",
                List.of("a", "b"),
                "size",
                9007199254740993L,
                "share",
                1.0,
                "open",
                true,
                "a.b",
                Map.of("c.d", 1L)));
  }

  @Test
  void get_timestampOfAnotherWriter_isTextCutToTheMillisecond() throws Exception {
    Timestamp at = timestamp("2026-11-30T12:00:00.123999Z");
    stored.set(Map.of("seen_at", at, "nested", Map.of("at", List.of(at)))).get();

    assertThat(read().fields())
        .isEqualTo(
            json(
                """
                {"seen_at": "2026-11-30T12:00:00.123Z",
                 "nested": {"at": ["2026-11-30T12:00:00.123Z"]}}
                """));
  }

  @Test
  void put_overFieldsOfOtherTypes_keepsThoseThatItDoesNotChange() throws Exception {
    Timestamp at = timestamp("2026-11-30T12:00:00.123456Z");
    Map<String, Object> others =
        Map.of(
            "bytes", Blob.fromBytes(new byte[] {1, 2}),
            "place", new GeoPoint(1.5, -2),
            "reference", client.document("things/other"),
            "expire_at", at,
            "nested.x", Map.of("at", at),
            "mixed", List.of(1L, "a", 2.5));
    stored.set(others).get();

    Document before = read();
    JsonObject fields = before.fields().deepCopy();
    fields.addProperty("status", "done");
    commit(put(fields, before.version()));

    assertThat(stored.get().get().getData()).containsAllEntriesOf(others).hasSize(7);
  }

  @Test
  void put_overVersion_changesAddsAndRemovesFields() throws Exception {
    put("{\"same\": 1, \"changed\": 1, \"gone.away\": 1, \"type\": 1}");

    commit(put(json("{\"same\": 1, \"changed\": 2, \"new.one\": 3, \"type\": 1.0}"), version()));

    assertThat(stored.get().get().getData())
        .isEqualTo(Map.of("same", 1L, "changed", 2L, "new.one", 3L, "type", 1.0));
  }

  @Test
  void put_versionOfACommit_removesFieldsThatThatCommitWrote() throws Exception {
    Version first = put("{\"a\": 1, \"write_id\": \"x\"}");
    Version second = commit(put(json("{\"b\": 1}"), first)).orElseThrow().get(0);

    assertThat(commit(put(json("{\"c\": 1}"), first))).isEmpty();
    assertThat(commit(put(json("{\"c\": 1}"), second))).isPresent();

    assertThat(stored.get().get().getData()).isEqualTo(Map.of("c", 1L));
  }

  @Test
  void put_nothingChanges_stillChecksTheVersion() {
    Version first = put("{\"a\": 1}");
    Version same = commit(put(json("{\"a\": 1}"), first)).orElseThrow().get(0);
    Version second = commit(put(json("{\"a\": 2}"), same)).orElseThrow().get(0);

    assertThat(commit(put(json("{\"a\": 1}"), same))).isEmpty();
    assertThat(commit(put(json("{}"), second))).isPresent();
    assertThat(read().fields()).isEqualTo(new JsonObject());
  }

  @Test
  void put_versionOfAProjection_isRefused() {
    put("{\"a\": 1, \"b\": 2}");
    Document part = store.query(Query.in(THINGS).select(Set.of("a"))).get(0);

    assertThat(part.fields()).isEqualTo(json("{\"a\": 1}"));
    assertThatThrownBy(() -> commit(put(json("{}"), part.version())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("things/one");
    assertThatThrownBy(() -> commit(new Write.Delete(KEY, part.version())))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void query_onTimestamps_comparesThemAsSuch() throws Exception {
    Timestamp at = timestamp("2026-11-30T12:00:00.123456Z");
    stored.set(Map.of("expire_at", at)).get();
    Query due = Query.in(THINGS).upTo("expire_at", Instant.parse("2026-11-30T12:00:00.124Z"));

    assertThat(store.query(due)).extracting(Document::key).containsExactly(KEY);
    assertThat(store.count(due)).isEqualTo(1);
    assertThat(
            store.query(
                due.startAfter(
                    new Query.Cursor(new JsonPrimitive("2026-11-30T12:00:00.123Z"), "z"))))
        .hasSize(1);
    assertThat(store.query(Query.in(THINGS).upTo("expire_at", Instant.EPOCH))).isEmpty();
  }

  private Version put(String fields) {
    return commit(put(json(fields), null)).orElseThrow().get(0);
  }

  private static Write put(JsonObject fields, @Nullable Version expected) {
    return new Write.Put(KEY, fields, expected);
  }

  private Optional<List<Version>> commit(Write write) {
    return store.commit(List.of(write));
  }

  private Document read() {
    return store.get(KEY).orElseThrow();
  }

  private Version version() {
    return read().version();
  }

  private static JsonObject json(String text) {
    return JsonParser.parseString(text).getAsJsonObject();
  }

  private static Timestamp timestamp(String text) {
    return Timestamp.parseTimestamp(text);
  }
}
