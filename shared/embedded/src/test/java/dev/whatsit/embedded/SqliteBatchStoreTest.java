package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.BatchStoreContract;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.embedded.Database.Layout;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteBatchStoreTest extends BatchStoreContract {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");

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

  @Test
  void create_othersHaveExpired_removesThemWithTheirItems() {
    SqliteBatchStore store = new SqliteBatchStore(database);
    List<BatchId> expired = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      expired.add(create(store, NOW.plusSeconds(i), NOW));
    }
    BatchId lasting = create(store, NOW.plusSeconds(3600), NOW);
    BatchId forEver = create(store, null, NOW);

    for (int i = 0; i < 3; i++) {
      create(store, null, NOW.plusSeconds(8));
    }

    for (BatchId id : expired) {
      assertThat(store.find(id)).isEmpty();
      assertThat(store.items(id)).isEmpty();
    }
    assertThat(store.items(lasting)).hasSize(1);
    assertThat(store.items(forEver)).hasSize(1);
    assertThat(store.overdueItems(NOW.plusSeconds(3600), 100)).hasSize(5);
  }

  @Test
  void open_fileOfTheFirstLayout_keepsItsBatches(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("old.db");
    Layout layout = SqliteBatchStore.LAYOUT;
    Layout first = new Layout(layout.name(), layout.versions().subList(0, 1));
    BatchId id = BatchId.random();
    try (Database old = Database.open(file, first, Database.Connector.driver())) {
      old.write(
          "write a batch",
          Database.Outlives.PROCESS,
          session ->
              session.update(
                  "INSERT INTO batches VALUES (?, 1, NULL, 1, 1, NULL, 0, 1)", id.text()));
    }

    try (Database now = Database.open(file, layout, Database.Connector.driver())) {
      Batch batch = new SqliteBatchStore(now).find(id).orElseThrow();
      assertThat(batch.total()).isEqualTo(1);
      assertThat(batch.expireAt()).isNull();
    }
  }

  private static BatchId create(SqliteBatchStore store, @Nullable Instant expireAt, Instant now) {
    BatchId id = BatchId.random();
    List<BatchItem> items =
        List.of(BatchItem.toFetch(new ItemKey(id, 0), "a", "https://example.org/a.jpg", NOW));
    Batch batch = Batch.of(id, items, null, NOW);
    store.create(expireAt == null ? batch : batch.expiring(expireAt), items, null, now);
    return id;
  }
}
