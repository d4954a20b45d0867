package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.contracts.RecordStoreContract;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.classification.DetectedObject;
import dev.whatsit.domain.classification.Extras;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.CreateResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.Watch;
import dev.whatsit.embedded.Database.Layout;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteRecordStoreTest extends RecordStoreContract {
  private Path folder;
  private final FaultyConnector connector = new FaultyConnector();
  private Database database;
  private Database otherDatabase;
  private SqliteRecordStore store;
  private SqliteRecordStore other;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    this.folder = folder;
    Path file = folder.resolve("records.db");
    database = Database.open(file, SqliteRecordStore.LAYOUT, connector);
    otherDatabase = Database.open(file, SqliteRecordStore.LAYOUT, Database.Connector.driver());
    store = new SqliteRecordStore(database);
    other = new SqliteRecordStore(otherDatabase);
  }

  @AfterEach
  void close() {
    database.close();
    otherDatabase.close();
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
    connector.failAfter("COMMIT");
  }

  @Test
  void open_layoutOfTheFirstVersion_unfinishedWorkIsOverdueAndNothingIsLost() throws Exception {
    Path older = folder.resolve("older.db");
    Layout first = new Layout("record store", RecordRow.VERSIONS.subList(0, 1));
    Instant then = Instant.parse("2026-11-21T08:00:00Z");
    ImageDescription image = Samples.image(17L);
    try (Database before = Database.open(older, first, Database.Connector.driver())) {
      before.write(
          "insert",
          Database.Outlives.PROCESS,
          session ->
              session.update(
                  "INSERT INTO records VALUES (?, 'image/png', ?, ?, ?, 1, 'queued', 0, 'm1', NULL,"
                      + " NULL, 0, NULL, NULL, NULL, ?, ?, NULL, 1)",
                  image.hash().hex(),
                  image.sizeBytes(),
                  image.width(),
                  image.height(),
                  Instants.toNanos(then),
                  Instants.toNanos(then)));
    }

    try (Database after =
        Database.open(older, SqliteRecordStore.LAYOUT, Database.Connector.driver())) {
      assertThat(new SqliteRecordStore(after).overdue(then, 10))
          .containsExactly(ImageRecord.queued(image, "m1", then));
    }
  }

  @Test
  void create_commitFails_failsForNowAndWritesNothing() {
    ImageRecord record = record(1);
    connector.failBefore("COMMIT");

    assertThatThrownBy(() -> store.createIfAbsent(record, Samples.NOW))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("record store: cannot create record " + record.hash())
        .hasMessageContaining("SQLITE_FULL");

    assertThat(store.find(record.hash(), Samples.NOW)).isEmpty();
    assertThat(other.createIfAbsent(record, Samples.NOW))
        .isEqualTo(new CreateResult.Created(record));
  }

  @Test
  void claim_writeFails_failsForNowAndWritesNothing() {
    ImageRecord record = record(2);
    store.createIfAbsent(record, Samples.NOW);
    connector.failBefore("INSERT INTO records");

    assertThatThrownBy(() -> store.claim(Samples.claim(record.image(), "m", "t")))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("claim record " + record.hash());

    assertThat(store.find(record.hash(), Samples.NOW)).hasValue(record);
    assertThat(store.claim(Samples.claim(record.image(), "m", "t")))
        .isInstanceOf(ClaimResult.Granted.class);
  }

  @Test
  void find_readFails_failsForNowAndWorksAgain() {
    ImageRecord record = record(3);
    store.createIfAbsent(record, Samples.NOW);
    connector.failBefore("SELECT hash");

    assertThatThrownBy(() -> store.find(record.hash(), Samples.NOW))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("find record " + record.hash());

    assertThat(store.find(record.hash(), Samples.NOW)).hasValue(record);
  }

  @Test
  void everyCall_afterTheFirst_preparesNothingAndCommitsOnce() {
    lifeOf(4);
    int prepared = connector.prepared();
    int commits = connector.commits();

    lifeOf(5);

    assertThat(connector.prepared()).isEqualTo(prepared);
    // Create, claim and finish; finding writes nothing.
    assertThat(connector.commits()).isEqualTo(commits + 3);
  }

  @Test
  void find_membersOfALaterVersion_arePassedOver() throws SQLException {
    ImageRecord record = record(6);
    store.createIfAbsent(record, Samples.NOW);
    execute(
        """
        UPDATE records SET status = 'success', classification = '{
          "annotations": [{"label": "cat", "confidence": 0.93, "synonyms": ["puss"]}],
          "objects": [{"label": "cat", "confidence": 0.9,
            "box": {"left": 0.1, "top": 0.2, "right": 0.3, "bottom": 0.4, "angle": 1}}],
          "extras": {"colours": [], "tastes": {"sweet": 1}},
          "smells": {"musty": 1},
          "classifier": {"name": "onnx", "model": "coco 1", "vendor": null}}'
        """);

    ImageRecord found = store.find(record.hash(), Samples.NOW).orElseThrow();

    assertThat(found.status()).isEqualTo(Status.SUCCESS);
    assertThat(found.classification())
        .isEqualTo(
            new Classification(
                List.of(new Annotation("cat", 0.93)),
                List.of(new DetectedObject("cat", 0.9, new DetectedObject.Box(0.1, 0.2, 0.3, 0.4))),
                new ClassifierIdentity("onnx", "coco 1"),
                new Extras(null, null, List.of(), null, null, null)));
  }

  @Test
  void find_classificationOfAnEarlierVersion_hasNoExtras() throws SQLException {
    ImageRecord record = record(11);
    store.createIfAbsent(record, Samples.NOW);
    execute(
        """
        UPDATE records SET status = 'success', classification = '{
          "annotations": [], "objects": [], "classifier": {"name": "onnx", "model": "coco 1"}}'
        """);

    assertThat(store.find(record.hash(), Samples.NOW).orElseThrow().classification())
        .isEqualTo(
            new Classification(List.of(), List.of(), new ClassifierIdentity("onnx", "coco 1")));
  }

  @Test
  void find_watchThatDoesNotFitTheStatus_isMadeToFit() throws SQLException {
    ImageRecord record = record(12);
    store.createIfAbsent(record, Samples.NOW);
    execute("UPDATE records SET status = 'canceled', watched = 1, announce_due = NULL");

    assertThat(store.find(record.hash(), Samples.NOW).orElseThrow().watch())
        .isEqualTo(Watch.announceFrom(Samples.NOW));

    execute("UPDATE records SET status = 'queued', announce_due = 17");

    assertThat(store.find(record.hash(), Samples.NOW).orElseThrow().watch())
        .isEqualTo(Watch.WAITING);
  }

  @Test
  void find_rowOfAnUnknownStatus_failsForNow() throws SQLException {
    ImageRecord record = record(7);
    store.createIfAbsent(record, Samples.NOW);
    execute("UPDATE records SET status = 'asleep'");

    assertThatThrownBy(() -> store.find(record.hash(), Samples.NOW))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("unknown status in the record of " + record.hash());
  }

  @Test
  void releaseAll_claimedRecords_areQueuedWithTheAttemptCounted() {
    ImageDescription claimed = Samples.image(8);
    store.claim(Samples.claim(claimed, "m8", "t8"));
    ImageRecord waiting = record(9);
    store.createIfAbsent(waiting, Samples.NOW);

    assertThat(store.releaseAll(Samples.NOW)).isEqualTo(1);

    ImageRecord released = store.find(claimed.hash(), Samples.NOW).orElseThrow();
    assertThat(released.status()).isEqualTo(Status.QUEUED);
    assertThat(released.attempts()).isEqualTo(1);
    assertThat(released.leaseUntil()).isNull();
    assertThat(store.find(waiting.hash(), Samples.NOW)).hasValue(waiting);
    assertThat(store.releaseAll(Samples.NOW)).isZero();
  }

  @Test
  void everyCall_closed_failsForNow() {
    store.find(Samples.image(10).hash(), Samples.NOW);
    database.close();

    assertThatThrownBy(() -> store.find(Samples.image(10).hash(), Samples.NOW))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> store.createIfAbsent(record(10), Samples.NOW))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("closed");
  }

  private void lifeOf(long seed) {
    ImageRecord record = record(seed);
    store.find(record.hash(), Samples.NOW);
    store.createIfAbsent(record, Samples.NOW);
    store.claim(Samples.claim(record.image(), "m", "t"));
    store.finish(record.hash(), "t", Samples.CLASSIFIED, Samples.NOW);
  }

  private static ImageRecord record(long seed) {
    return ImageRecord.queued(Samples.image(seed), "message-" + seed, Samples.NOW);
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("records.db"));
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }
}
