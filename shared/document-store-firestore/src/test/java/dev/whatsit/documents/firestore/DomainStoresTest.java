package dev.whatsit.documents.firestore;

import dev.whatsit.contracts.BatchStoreSuite;
import dev.whatsit.contracts.CallbackStoreSuite;
import dev.whatsit.contracts.RecordStoreSuite;
import dev.whatsit.contracts.SpendingLedgerSuite;
import dev.whatsit.contracts.ThumbnailRecordsSuite;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The stores of the domain on Firestore, over two connections to one database. */
class DomainStoresTest {
  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static Emulated one;
  private static Emulated other;

  @BeforeAll
  static void open() {
    one = Emulated.fresh(FIRESTORE.hostPort());
    other = one.at(FIRESTORE.hostPort());
  }

  @AfterAll
  static void close() {
    one.close();
    other.close();
  }

  private static DocumentStore one() {
    return one.store();
  }

  private static DocumentStore other() {
    return other.store();
  }

  @Nested
  class Records extends RecordStoreSuite {
    @Override
    protected DocumentStore documents() {
      return one();
    }

    @Override
    protected DocumentStore otherDocuments() {
      return other();
    }
  }

  @Nested
  class Callbacks extends CallbackStoreSuite {
    @Override
    protected DocumentStore documents() {
      return one();
    }

    @Override
    protected DocumentStore otherDocuments() {
      return other();
    }
  }

  @Nested
  class Batches extends BatchStoreSuite {
    @Override
    protected DocumentStore documents() {
      return one();
    }

    @Override
    protected DocumentStore otherDocuments() {
      return other();
    }
  }

  @Nested
  class Thumbnails extends ThumbnailRecordsSuite {
    @Override
    protected DocumentStore documents() {
      return one();
    }

    @Override
    protected DocumentStore otherDocuments() {
      return other();
    }
  }

  @Nested
  class Spending extends SpendingLedgerSuite {
    @Override
    protected DocumentStore documents() {
      return one();
    }

    @Override
    protected DocumentStore otherDocuments() {
      return other();
    }
  }
}
