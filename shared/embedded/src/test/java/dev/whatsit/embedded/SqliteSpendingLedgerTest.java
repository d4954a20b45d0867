package dev.whatsit.embedded;

import dev.whatsit.contracts.SpendingLedgerContract;
import dev.whatsit.domain.record.SpendingLedger;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteSpendingLedgerTest extends SpendingLedgerContract {
  private Database database;
  private Database otherDatabase;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("records.db");
    database = Database.open(file, SqliteRecordStore.LAYOUT, Database.Connector.driver());
    otherDatabase = Database.open(file, SqliteRecordStore.LAYOUT, Database.Connector.driver());
  }

  @AfterEach
  void close() {
    database.close();
    otherDatabase.close();
  }

  @Override
  protected SpendingLedger ledger() {
    return new SqliteSpendingLedger(database);
  }

  @Override
  protected SpendingLedger otherLedger() {
    return new SqliteSpendingLedger(otherDatabase);
  }
}
