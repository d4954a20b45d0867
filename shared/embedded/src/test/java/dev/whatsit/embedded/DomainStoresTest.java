package dev.whatsit.embedded;

import dev.whatsit.contracts.BatchStoreSuite;
import dev.whatsit.contracts.CallbackStoreSuite;
import dev.whatsit.contracts.RecordStoreSuite;
import dev.whatsit.contracts.SpendingLedgerSuite;
import dev.whatsit.contracts.ThumbnailRecordsSuite;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.embedded.Database.Connector;
import dev.whatsit.embedded.Database.Layout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The stores of the domain on SQLite, over two connections to one file. */
class DomainStoresTest {
  private static final Layout LAYOUT = new Layout("database", List.of(List.of()));

  private static Database database;
  private static Database otherDatabase;
  private static DocumentStore documents;
  private static DocumentStore otherDocuments;

  @BeforeAll
  static void open(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("whatsit.db");
    database = Database.open(file, LAYOUT, Connector.driver());
    otherDatabase = Database.open(file, LAYOUT, Connector.driver());
    documents = new SqliteDocumentStore(database, DocumentTables.ofProject());
    otherDocuments = new SqliteDocumentStore(otherDatabase, DocumentTables.ofProject());
  }

  @AfterAll
  static void close() {
    database.close();
    otherDatabase.close();
  }

  @Nested
  class Records extends RecordStoreSuite {
    @Override
    protected DocumentStore documents() {
      return documents;
    }

    @Override
    protected DocumentStore otherDocuments() {
      return otherDocuments;
    }
  }

  @Nested
  class Callbacks extends CallbackStoreSuite {
    @Override
    protected DocumentStore documents() {
      return documents;
    }

    @Override
    protected DocumentStore otherDocuments() {
      return otherDocuments;
    }
  }

  @Nested
  class Batches extends BatchStoreSuite {
    @Override
    protected DocumentStore documents() {
      return documents;
    }

    @Override
    protected DocumentStore otherDocuments() {
      return otherDocuments;
    }
  }

  @Nested
  class Thumbnails extends ThumbnailRecordsSuite {
    @Override
    protected DocumentStore documents() {
      return documents;
    }

    @Override
    protected DocumentStore otherDocuments() {
      return otherDocuments;
    }
  }

  @Nested
  class Spending extends SpendingLedgerSuite {
    @Override
    protected DocumentStore documents() {
      return documents;
    }

    @Override
    protected DocumentStore otherDocuments() {
      return otherDocuments;
    }
  }
}
