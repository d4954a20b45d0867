package dev.whatsit.firestore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.firestore.Documents.Step;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a later version wrote must not stop the batches and callbacks that can be read. */
class UnreadableBatchesTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final Instant LATER = NOW.plusSeconds(86_400);
  private static final int MANY = 5;

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private final ImageRecord record = RecordSamples.queued(1);
  private final ImageHash hash = record.hash();
  private Emulated emulated;
  private FirestoreBatchStore store;

  @BeforeEach
  void open() {
    emulated = Emulated.fresh(FIRESTORE.hostPort());
    store = emulated.batches();
  }

  @AfterEach
  void close() {
    emulated.close();
  }

  @Test
  void overdueItems_longerOverdueOnesCannotBeRead_theOthersAreFound() {
    BatchItem good = created(MANY + 1, NOW);
    for (int i = 1; i <= MANY; i++) {
      spoil(created(i, NOW.minusSeconds(i)));
    }

    assertThat(store.overdueItems(LATER, 2)).containsExactly(good);
  }

  @Test
  void overdueBatches_longerOverdueOnesCannotBeRead_theOthersAreFound() {
    BatchId good = created(MANY + 1, NOW).key().batch();
    for (int i = 1; i <= MANY; i++) {
      BatchId id = created(i, NOW.minusSeconds(i)).key().batch();
      write(BatchDocument.COLLECTION, id.text(), batchOfManyItems(id));
    }

    assertThat(store.overdueBatches(LATER, 2)).extracting(Batch::id).containsExactly(good);
  }

  @Test
  void waitingFor_otherItemsCannotBeRead_findsThoseThatCan() {
    BatchItem good = created(MANY + 1, NOW);
    for (int i = 1; i <= MANY; i++) {
      spoil(created(i, NOW));
    }

    assertThat(store.waitingFor(hash, 2)).containsExactly(good);
  }

  @Test
  void waitingFor_documentHasANameThatNoItemHas_isLeftOut() {
    BatchItem good = created(1, NOW);
    write(BatchItemDocument.COLLECTION, "0", BatchItemDocument.fields(good));

    assertThat(store.waitingFor(hash, 1)).containsExactly(good);
  }

  @Test
  void hasOpenItems_openItemCannotBeRead_isTrue() {
    BatchItem bad = created(1, NOW);
    spoil(bad);

    assertThat(store.hasOpenItems(bad.key().batch())).isTrue();
  }

  @Test
  void items_oneCannotBeRead_failsRatherThanMissesOne() {
    BatchItem bad = created(1, NOW);
    spoil(bad);

    assertThatThrownBy(() -> store.items(bad.key().batch()))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("status is of_a_later_version");
  }

  @Test
  void overdueCallbacks_longerOverdueOnesCannotBeRead_theOthersAreFound() {
    FirestoreCallbackStore callbacks = emulated.callbacks();
    Callback good = announced(callbacks, MANY + 1, NOW);
    for (int i = 1; i <= MANY; i++) {
      Callback bad = announced(callbacks, i, NOW.minusSeconds(i));
      Map<String, Value> fields = new HashMap<>(CallbackDocument.fields(bad));
      fields.put("kind", Fields.of("of_a_later_version"));
      write(CallbackDocument.COLLECTION, bad.id().text(), fields);
    }

    assertThat(callbacks.overdue(LATER, 2)).extracting(Callback::id).containsExactly(good.id());
  }

  private static Callback announced(FirestoreCallbackStore store, int number, Instant now) {
    Callback callback =
        Callback.waiting(
            Subject.of(RecordSamples.queued(number).hash(), 1),
            CallbackKind.WEBHOOK,
            "https://example.org/hook",
            now);
    store.register(callback, 20, now);
    return store.announce(callback.id(), "{}", now).orElseThrow();
  }

  /** A batch with one item that waits for the image. */
  private BatchItem created(int number, Instant createdAt) {
    BatchId id = new BatchId(String.format("%032x", number));
    BatchItem item = BatchItem.about(new ItemKey(id, 0), "name", hash, record, createdAt);
    store.create(Batch.of(id, List.of(item), null, createdAt), List.of(item), null, createdAt);
    return item;
  }

  private void spoil(BatchItem item) {
    Map<String, Value> fields = new HashMap<>(BatchItemDocument.fields(item));
    fields.put("status", Fields.of("of_a_later_version"));
    write(BatchItemDocument.COLLECTION, BatchItemDocument.id(item.key()), fields);
  }

  private Map<String, Value> batchOfManyItems(BatchId id) {
    Map<String, Value> fields = new HashMap<>(BatchDocument.fields(store.find(id).orElseThrow()));
    fields.put("total", Fields.of(1_000_000));
    return fields;
  }

  private void write(String collection, String id, Map<String, Value> fields) {
    Documents documents = emulated.documents();
    documents.change(
        "write", documents.name(collection, id), null, found -> new Step.Put<>(fields, null, true));
  }
}
