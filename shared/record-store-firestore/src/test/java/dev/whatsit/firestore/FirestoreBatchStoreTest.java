package dev.whatsit.firestore;

import dev.whatsit.contracts.BatchStoreContract;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
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
}
