package dev.whatsit.embedded;

import dev.whatsit.contracts.BatchStoreContract;
import dev.whatsit.domain.batch.BatchStore;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteBatchStoreTest extends BatchStoreContract {
  private final FaultyConnector connector = new FaultyConnector();
  private Database database;
  private Database otherDatabase;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("batches.db");
    database = Database.open(file, SqliteBatchStore.LAYOUT, connector);
    otherDatabase = Database.open(file, SqliteBatchStore.LAYOUT, Database.Connector.driver());
  }

  @AfterEach
  void close() {
    database.close();
    otherDatabase.close();
  }

  @Override
  protected BatchStore store() {
    return new SqliteBatchStore(database);
  }

  @Override
  protected BatchStore otherStore() {
    return new SqliteBatchStore(otherDatabase);
  }

  @Override
  protected void loseNextAnswer() {
    connector.failAfter("COMMIT");
  }
}
