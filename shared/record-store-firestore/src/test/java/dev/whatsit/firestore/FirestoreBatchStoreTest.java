package dev.whatsit.firestore;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.BatchStoreContract;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The real client against Google's emulator; what gets lost is tried again by the client. */
class FirestoreBatchStoreTest extends BatchStoreContract {
  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private Emulated emulated;
  private Emulated otherProcess;
  private FirestoreBatchStore store;
  private FirestoreBatchStore other;

  @BeforeEach
  void open() {
    emulated = Emulated.fresh(FIRESTORE.hostPort());
    otherProcess = emulated.other();
    store = emulated.batches();
    other = otherProcess.batches();
  }

  @AfterEach
  void close() {
    emulated.close();
    otherProcess.close();
  }

  @Override
  protected BatchStore store() {
    return store;
  }

  @Override
  protected BatchStore otherStore() {
    return other;
  }

  @Override
  protected void loseNextAnswer() {
    emulated.wire().loseNextAnswer(status());
  }

  /** What the client sees instead of the answer. */
  Code status() {
    return Code.UNAVAILABLE;
  }

  /** What removes documents asks each for itself. */
  @Test
  void change_itemOfABatchThatExpires_leavesItsExpiryAlone() {
    Instant now = Instant.parse("2026-11-21T08:00:00Z");
    BatchId id = BatchId.random();
    BatchItem item = BatchItem.toFetch(new ItemKey(id, 0), "a", "https://example.org/", now);
    Batch batch = Batch.of(id, List.of(item), null, now).expiring(now.plusSeconds(60));
    store.create(batch, List.of(item), null, now);

    store.change(item.key(), found -> found.failed(new WorkError("X", "X.", false), now));
    store.change(id, found -> found.completed(now));

    Documents documents = emulated.documents();
    for (String name :
        List.of(
            documents.name(BatchDocument.COLLECTION, id.text()),
            documents.name(BatchItemDocument.COLLECTION, BatchItemDocument.id(item.key())))) {
      assertThat(requireNonNull(documents.read("read", name).document()).fields())
          .containsEntry("expire_at", Fields.of(now.plusSeconds(60)));
    }
  }
}
