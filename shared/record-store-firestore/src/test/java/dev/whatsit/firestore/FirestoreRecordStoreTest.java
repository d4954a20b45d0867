package dev.whatsit.firestore;

import dev.whatsit.contracts.RecordStoreContract;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The real client against Google's emulator; what gets lost is tried again by the client. */
class FirestoreRecordStoreTest extends RecordStoreContract {
  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private Emulated emulated;
  private Emulated otherProcess;
  private FirestoreRecordStore store;
  private FirestoreRecordStore other;

  @BeforeEach
  void open() {
    emulated = Emulated.fresh(FIRESTORE.hostPort());
    otherProcess = emulated.other();
    store = emulated.records();
    other = otherProcess.records();
  }

  @AfterEach
  void close() {
    emulated.close();
    otherProcess.close();
  }

  @Override
  protected RecordStore store() {
    return store;
  }

  @Override
  protected RecordStore otherStore() {
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
