package dev.whatsit.embedded;

import dev.whatsit.contracts.ThumbnailRecordsContract;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteThumbnailRecordsTest extends ThumbnailRecordsContract {
  private final FaultyConnector connector = new FaultyConnector();
  private Database database;
  private Database otherDatabase;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("records.db");
    database = Database.open(file, SqliteRecordStore.LAYOUT, connector);
    otherDatabase = Database.open(file, SqliteRecordStore.LAYOUT, Database.Connector.driver());
  }

  @AfterEach
  void close() {
    database.close();
    otherDatabase.close();
  }

  @Override
  protected RecordStore records() {
    return new SqliteRecordStore(database);
  }

  @Override
  protected ThumbnailRecords thumbnails() {
    return new SqliteThumbnailRecords(database);
  }

  @Override
  protected ThumbnailRecords otherThumbnails() {
    return new SqliteThumbnailRecords(otherDatabase);
  }

  @Override
  protected void loseNextAnswer() {
    connector.failAfter("COMMIT");
  }
}
