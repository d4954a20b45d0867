package dev.whatsit.contracts;

import dev.whatsit.domain.document.DocumentStore;
import org.junit.jupiter.api.Nested;

class SuitesInMemoryTest {
  private static final DocumentStore STORE = new MemoryDocumentStore();

  @Nested
  class Records extends RecordStoreSuite {
    @Override
    protected DocumentStore documents() {
      return STORE;
    }
  }

  @Nested
  class Callbacks extends CallbackStoreSuite {
    @Override
    protected DocumentStore documents() {
      return STORE;
    }
  }

  @Nested
  class Batches extends BatchStoreSuite {
    @Override
    protected DocumentStore documents() {
      return STORE;
    }
  }

  @Nested
  class Thumbnails extends ThumbnailRecordsSuite {
    @Override
    protected DocumentStore documents() {
      return STORE;
    }
  }

  @Nested
  class Spending extends SpendingLedgerSuite {
    @Override
    protected DocumentStore documents() {
      return STORE;
    }
  }
}
