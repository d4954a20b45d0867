package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.document.Document;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.document.Query;
import dev.whatsit.domain.document.Version;
import dev.whatsit.domain.document.Write;
import dev.whatsit.embedded.Database.Connector;
import dev.whatsit.stores.BatchStoreSuite;
import dev.whatsit.stores.CallbackStoreSuite;
import dev.whatsit.stores.RecordStoreSuite;
import dev.whatsit.stores.SpendingLedgerSuite;
import dev.whatsit.stores.ThumbnailRecordsSuite;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The stores of the domain on SQLite, over two connections to one file. */
class SqliteStoresTest {
  private static Database database;
  private static Database otherDatabase;
  private static DocumentStore documents;
  private static DocumentStore otherDocuments;

  /** Fails if a query would scan a whole collection or sort its results. */
  private record Indexed(SqliteDocumentStore store) implements DocumentStore {
    @Override
    public Optional<Document> get(DocumentKey key) {
      return store.get(key);
    }

    @Override
    public List<Document> getAll(List<DocumentKey> keys) {
      return store.getAll(keys);
    }

    @Override
    public Optional<List<Version>> commit(List<Write> writes) {
      return store.commit(writes);
    }

    @Override
    public List<Document> query(Query query) {
      assertIndexed(query);
      return store.query(query);
    }

    @Override
    public long count(Query query) {
      assertIndexed(query);
      return store.count(query);
    }

    @Override
    public void check() {
      store.check();
    }

    private void assertIndexed(Query query) {
      assertThat(store.plan(query))
          .as("%s", query)
          .isNotEmpty()
          .allMatch(line -> line.contains("USING INDEX"))
          .noneMatch(line -> line.contains("TEMP B-TREE"));
    }
  }

  @BeforeAll
  static void open(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("whatsit.db");
    database = Database.open(file, List.of(), true, Connector.driver());
    otherDatabase = Database.open(file, List.of(), true, Connector.driver());
    documents = new Indexed(new SqliteDocumentStore(database, DocumentTables.ofProject()));
    otherDocuments =
        new Indexed(new SqliteDocumentStore(otherDatabase, DocumentTables.ofProject()));
  }

  @AfterAll
  static void close() {
    database.close();
    otherDatabase.close();
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

  @Nested
  class Thumbnails extends ThumbnailRecordsSuite {
    Thumbnails() {
      super(() -> documents, () -> otherDocuments);
    }
  }

  @Nested
  class Spending extends SpendingLedgerSuite {
    Spending() {
      super(() -> documents, () -> otherDocuments);
    }
  }
}
