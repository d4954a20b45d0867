package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.contracts.Race;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.embedded.Database.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseTest {
  private static final List<String> TABLES =
      List.of("CREATE TABLE numbers (number INTEGER PRIMARY KEY)");

  private Path folder;
  private final FaultyConnector connector = new FaultyConnector();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private Path file;
  private Database database;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    this.folder = folder;
    file = folder.resolve("numbers.db");
    database = Database.open(file, TABLES, true, connector);
  }

  @AfterEach
  void close() {
    database.close();
    threads.shutdownNow();
  }

  @Test
  void open_newFile_isReadableByItsOwnerOnlyAndSoIsItsLog() throws IOException {
    insert(1);

    for (String name : List.of("numbers.db", "numbers.db-wal", "numbers.db-shm")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name))))
          .as(name)
          .isEqualTo("rw-------");
    }
  }

  /** One of them found the file locked while the other switched it to WAL mode. */
  @RepeatedTest(20)
  void open_newFileByManyAtOnce_allOpenIt(@TempDir Path folder) throws Exception {
    Path shared = folder.resolve("shared.db");

    List<Database> opened =
        Race.of(8, i -> () -> Database.open(shared, TABLES, true, Database.Connector.driver()));

    opened.forEach(Database::close);
  }

  @Test
  void open_noDatabase_isRefused() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "This is a text. ".repeat(100));

    assertThatThrownBy(() -> Database.open(text, TABLES, true, Database.Connector.driver()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not a database");
    assertThat(text).content().startsWith("This is a text.");
  }

  @Test
  void checkReachable_fileIsGone_saysSo() throws IOException {
    database.checkReachable();
    Files.delete(file);

    assertThatThrownBy(database::checkReachable)
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("is gone");
  }

  /** Regression: it only read, so that a full disk was no failure. */
  @Test
  void checkReachable_cannotBeWritten_saysSo() {
    connector.failBefore("COMMIT");

    assertThatThrownBy(database::checkReachable)
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("cannot check");
    database.checkReachable();
  }

  /** Regression: a read failed each time while the check went well. */
  @Test
  void checkReachable_aReadFoundDamage_saysSo() throws Exception {
    database.write(
        "fill",
        Durability.PROCESS,
        session ->
            session.update(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
                    + " INSERT INTO numbers SELECT i FROM n"));
    database.close();
    byte[] bytes = Files.readAllBytes(file);
    // The first page, with the version, stays.
    Arrays.fill(bytes, 4096, bytes.length, (byte) 0x5a);
    Files.write(file, bytes);
    database = Database.open(file, TABLES, true, connector);
    assertThatThrownBy(
            () ->
                database.read("sum", session -> session.number("SELECT sum(number) FROM numbers")))
        .isInstanceOf(TransientFailure.class);

    assertThatThrownBy(database::checkReachable)
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("is damaged; stop, and restore a copy");
  }

  @Test
  void write_whileOneIsBeingWritten_theWaitingShareOneTransaction() throws Exception {
    int waiting = 20;
    Future<?> first = hold(() -> awaitWaiting(waiting), 0);
    List<Future<?>> others = new ArrayList<>();
    for (int i = 1; i <= waiting; i++) {
      int number = i;
      others.add(threads.submit(() -> insert(number)));
    }
    first.get(1, TimeUnit.MINUTES);
    for (Future<?> other : others) {
      other.get(1, TimeUnit.MINUTES);
    }

    assertThat(count()).isEqualTo(1 + waiting);
    // One commit for the tables, one for the first write, one for all others.
    assertThat(connector.commits()).isEqualTo(3);
  }

  @Test
  void write_oneOfAGroupFails_theOthersAreWritten() throws Exception {
    insert(7);
    Future<?> first = hold(() -> awaitWaiting(3), 0);
    Future<?> good = threads.submit(() -> insert(1));
    Future<?> bad = threads.submit(() -> insert(7));
    Future<?> broken =
        threads.submit(
            () ->
                database.write(
                    "break",
                    Durability.POWER_FAILURE,
                    session -> {
                      throw new IllegalArgumentException("broken on purpose");
                    }));
    first.get(1, TimeUnit.MINUTES);

    good.get(1, TimeUnit.MINUTES);
    assertThatThrownBy(() -> bad.get(1, TimeUnit.MINUTES))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("insert 7")
        .hasMessageContaining("UNIQUE");
    assertThatThrownBy(() -> broken.get(1, TimeUnit.MINUTES))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("broken on purpose");
    assertThat(count()).isEqualTo(3);
  }

  @Test
  void write_commitOfAGroupFails_allAreToldAndNothingIsTriedAgain() throws Exception {
    Future<?> first =
        hold(
            () -> {
              awaitWaiting(2);
              // The second commit from now, after that of the first write.
              connector.failAfter("COMMIT", 2);
            },
            0);
    Future<?> one = threads.submit(() -> insert(1));
    Future<?> two = threads.submit(() -> insert(2));

    first.get(1, TimeUnit.MINUTES);
    for (Future<?> told : List.of(one, two)) {
      assertThatThrownBy(() -> told.get(1, TimeUnit.MINUTES))
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("made to fail at COMMIT");
    }
    // The commit succeeded but its response was lost. A retry of each write would have found its
    // number.
    assertThat(count()).isEqualTo(3);
  }

  @Test
  void read_whileOneIsBeingWritten_doesNotWait() throws Exception {
    insert(1);
    CountDownLatch seen = new CountDownLatch(1);
    Future<?> writer =
        hold(
            () -> {
              if (!seen.await(1, TimeUnit.MINUTES)) {
                throw new IllegalStateException("no reader came through");
              }
            },
            2);

    assertThat(count()).isEqualTo(1);
    seen.countDown();
    writer.get(1, TimeUnit.MINUTES);
    assertThat(count()).isEqualTo(2);
  }

  @Test
  void write_thatOutlivesAPowerFailure_isForcedWhateverWasWrittenBefore() {
    int full = 2;
    int normal = 1;

    assertThat(synchronous(Durability.POWER_FAILURE, "PRAGMA synchronous")).isEqualTo(full);
    assertThat(synchronous(Durability.PROCESS, "PRAGMA  synchronous")).isEqualTo(normal);
    // Different text each time, because a prepared statement keeps its result.
    assertThat(synchronous(Durability.POWER_FAILURE, "PRAGMA   synchronous")).isEqualTo(full);
  }

  private long synchronous(Durability durability, String sql) {
    return database.write("look", durability, session -> session.number(sql));
  }

  @FunctionalInterface
  private interface Step {
    void run() throws InterruptedException;
  }

  /** Begins to write a number and returns while it is being written, until the step is done. */
  private Future<?> hold(Step step, int number) throws InterruptedException {
    CountDownLatch writing = new CountDownLatch(1);
    Future<?> future =
        threads.submit(
            () ->
                database.write(
                    "hold",
                    Durability.POWER_FAILURE,
                    session -> {
                      int changed = session.update("INSERT INTO numbers VALUES (?)", number);
                      writing.countDown();
                      try {
                        step.run();
                      } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                      }
                      return changed;
                    }));
    assertThat(writing.await(1, TimeUnit.MINUTES)).isTrue();
    return future;
  }

  private void awaitWaiting(int count) {
    while (database.waiting() < count) {
      Thread.onSpinWait();
    }
  }

  private void insert(int number) {
    database.write(
        "insert " + number,
        Durability.POWER_FAILURE,
        session -> session.update("INSERT INTO numbers VALUES (?)", number));
  }

  private long count() {
    return database.read("count", session -> session.number("SELECT count(*) FROM numbers"));
  }
}
