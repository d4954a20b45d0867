package dev.whatsit.stores;

import dev.whatsit.documents.firestore.FirestoreBackend;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The stores of the domain on Firestore, over two connections to one database. The suites that only
 * get and commit single documents run on SQLite alone.
 */
class FirestoreStoresTest {
  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static FirestoreBackend backend;
  private static FirestoreBackend otherBackend;
  private static DocumentStore documents;
  private static DocumentStore otherDocuments;

  @BeforeAll
  static void open() {
    Settings settings =
        Settings.of(
            Map.of(
                "GOOGLE_CLOUD_PROJECT",
                "whatsit-" + UUID.randomUUID(),
                "FIRESTORE_EMULATOR_HOST",
                FIRESTORE.hostPort()));
    backend = new FirestoreBackend();
    otherBackend = new FirestoreBackend();
    documents = backend.documents(settings).orElseThrow();
    otherDocuments = otherBackend.documents(settings).orElseThrow();
  }

  @AfterAll
  static void close() {
    backend.close();
    otherBackend.close();
  }

  @Nested
  class Records extends RecordStoreSuite {
    Records() {
      super(() -> documents, () -> otherDocuments);
    }
  }

  @Nested
  class Callbacks extends CallbackStoreSuite {
    Callbacks() {
      super(() -> documents, () -> otherDocuments);
    }
  }

  @Nested
  class Batches extends BatchStoreSuite {
    Batches() {
      super(() -> documents, () -> otherDocuments);
    }
  }
}
