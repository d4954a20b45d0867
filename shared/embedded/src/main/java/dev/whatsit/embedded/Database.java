package dev.whatsit.embedded;

import dev.whatsit.domain.failure.TransientFailure;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteErrorCode;

/**
 * One SQLite file in WAL mode. Thread-safe.
 *
 * <p>Readers never wait for a writer. One thread makes all writes, because SQLite waits for a lock
 * by polling. Writes that queue up during a commit are grouped: one transaction, one fsync. Each
 * transaction takes the write lock at its beginning, so that what it reads stays true until it
 * commits, even if another program has the file open.
 */
final class Database implements AutoCloseable {
  /** The timeout of a call. */
  private static final int CALL_SECONDS = 9;

  /** How long a write waits for another program's transaction. */
  private static final int BUSY_MILLIS = 4_000;

  /** Pause before connecting again after SQLITE_BUSY. */
  private static final long BUSY_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final int LAYOUT_VERSION = 1;
  private static final int LOG_LIMIT_BYTES = 64 * 1024 * 1024;
  private static final int READERS = 4;
  private static final int GROUP = 64;

  private final Path file;
  private final Connector connector;

  private final ExecutorService writer = Executors.newSingleThreadExecutor(Database::daemon);
  private final Queue<Job<?>> waiting = new ConcurrentLinkedQueue<>();

  // Used by the writer thread only.
  private @Nullable Session session;
  private Durability durability = Durability.POWER_FAILURE;

  private final Semaphore readers = new Semaphore(READERS);
  private final Deque<Session> idle = new ConcurrentLinkedDeque<>();
  private volatile boolean closed;

  /** SQLite found a page that it cannot use; only a restart of the process takes this back. */
  private volatile boolean damaged;

  /** What a write survives once {@link Database#write} has returned. */
  enum Durability {
    /** The end of the process and a power failure. */
    POWER_FAILURE,
    /** The end of the process, even by a kill; a power failure may undo the whole write. */
    PROCESS
  }

  /** Reads or writes. May run again if another write of its group failed. */
  @FunctionalInterface
  interface Work<T> {
    T in(Session session) throws SQLException;
  }

  /** Opens a connection; tests replace it. */
  @FunctionalInterface
  interface Connector {
    Connection connect(SQLiteConfig config, String url) throws SQLException;

    static Connector driver() {
      return SQLiteConfig::createConnection;
    }
  }

  private Database(Path file, Connector connector) {
    this.file = file;
    this.connector = connector;
  }

  /**
   * Opens the file, or creates it.
   *
   * @param tables the statements that create the tables of a new file
   * @param mayBeNew whether the file may be missing or empty
   * @throws IOException saying what is wrong with it, for example that its layout is newer
   */
  static Database open(Path file, List<String> tables, boolean mayBeNew, Connector connector)
      throws IOException {
    if (Files.notExists(file)) {
      if (!mayBeNew) {
        throw lost(file);
      }
      // SQLite would make it readable for all users. Its log and index files copy these
      // permissions.
      try {
        Files.createFile(
            file, DurableFiles.ownerOnly(file.toAbsolutePath().resolveSibling("."), "rw-------"));
      } catch (FileAlreadyExistsException e) {
        // Another backend of this process has created it.
      }
    }
    Database database = new Database(file, connector);
    try {
      database.prepare(tables, mayBeNew);
      return database;
    } catch (IOException | RuntimeException | Error e) {
      database.close();
      throw e;
    } catch (SQLException e) {
      database.close();
      throw new IOException(file + " cannot be opened: " + e.getMessage(), e);
    }
  }

  /**
   * Reads committed state, in one statement or one transaction.
   *
   * @param action for messages, with the key
   */
  <T> T read(String action, Work<T> work) {
    try {
      if (!readers.tryAcquire(CALL_SECONDS, TimeUnit.SECONDS)) {
        throw failed(action, "other reads take more than " + CALL_SECONDS + " s", null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed(action, "interrupted", e);
    }
    try {
      Session reader = idle.pollFirst();
      if (reader == null) {
        reader = connect();
      }
      try {
        T result = work.in(reader);
        idle.addFirst(reader);
        return result;
      } catch (SQLException | RuntimeException | Error e) {
        closeAfter(e, reader);
        throw e;
      }
    } catch (SQLException e) {
      throw failed(action, String.valueOf(e.getMessage()), e);
    } finally {
      readers.release();
    }
  }

  /**
   * Writes in one transaction. When this returns, the transaction is committed. When it throws, the
   * transaction may still have been committed.
   *
   * @param action for messages, with the key
   */
  <T> T write(String action, Durability durability, Work<T> work) {
    Job<T> job = new Job<>(work, durability);
    waiting.add(job);
    try {
      writer.execute(this::writeGroup);
      return job.committed.get(CALL_SECONDS, TimeUnit.SECONDS);
    } catch (RejectedExecutionException e) {
      throw failed(action, "it is closed", e);
    } catch (TimeoutException e) {
      job.committed.cancel(false);
      throw failed(action, "it took more than " + CALL_SECONDS + " s", e);
    } catch (InterruptedException e) {
      job.committed.cancel(false);
      Thread.currentThread().interrupt();
      throw failed(action, "interrupted", e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof RuntimeException own) {
        throw own;
      }
      if (cause instanceof Error own) {
        throw own;
      }
      String why =
          cause == null ? String.valueOf(e.getMessage()) : String.valueOf(cause.getMessage());
      throw failed(action, why, cause);
    }
  }

  /**
   * Checks that the file exists and can be read and written.
   *
   * @throws TransientFailure saying what is wrong
   */
  void checkReachable() {
    if (!Files.exists(file)) {
      throw new TransientFailure("database: " + file + " is gone; stop, and restore a copy of it");
    }
    if (damaged) {
      throw new TransientFailure(
          "database: " + file + " is damaged; stop, and restore a copy of it");
    }
    long version =
        write(
            "check",
            Durability.POWER_FAILURE,
            session -> {
              long read = session.number("PRAGMA user_version");
              // Writes the page that holds it, even if it does not change.
              session.execute("PRAGMA user_version = " + read);
              return read;
            });
    if (version == 0) {
      throw new TransientFailure("database: " + file + " is empty; stop, and restore a copy of it");
    }
  }

  /** The number of queued writes, without those that are being made. */
  int waiting() {
    return waiting.size();
  }

  /** Waits for what is being written and closes all connections. */
  @Override
  public void close() {
    writer.shutdown();
    try {
      writer.awaitTermination(CALL_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closed = true;
    closeAfter(null, session);
    session = null;
    readers.acquireUninterruptibly(READERS);
    try {
      for (Session reader = idle.poll(); reader != null; reader = idle.poll()) {
        closeAfter(null, reader);
      }
    } finally {
      readers.release(READERS);
    }
  }

  private static IOException lost(Path file) {
    return new IOException(
        file
            + " is missing or empty, but there are images beside it: restore a copy of it, or move"
            + " the whole folder away to begin with an empty one");
  }

  private void prepare(List<String> tables, boolean mayBeNew) throws SQLException, IOException {
    Session own = session(Durability.POWER_FAILURE);
    String mode = own.first("PRAGMA journal_mode", row -> row.getString(1)).orElse("none");
    if (!mode.equals("wal")) {
      throw new IOException(
          file + " is on a file system where SQLite cannot share memory; use a local one");
    }
    own.update("BEGIN IMMEDIATE");
    long version = own.number("PRAGMA user_version");
    if (version > LAYOUT_VERSION) {
      throw new IOException(
          "%s was written by a newer version (layout %d, this one reads %d); use that version or"
                  .formatted(file, version, LAYOUT_VERSION)
              + " another folder");
    }
    if (version == 0 && !mayBeNew) {
      throw lost(file);
    }
    if (version < LAYOUT_VERSION) {
      for (String statement : tables) {
        own.execute(statement);
      }
      own.update("PRAGMA user_version = " + LAYOUT_VERSION);
    }
    own.update("COMMIT");
  }

  private void writeGroup() {
    List<Job<?>> group = new ArrayList<>();
    for (Job<?> job = waiting.poll(); job != null; job = waiting.poll()) {
      if (!job.committed.isDone()) {
        group.add(job);
      }
      if (group.size() == GROUP) {
        break;
      }
    }
    if (!group.isEmpty() && !writeTogether(group)) {
      for (Job<?> job : group) {
        writeTogether(List.of(job));
      }
    }
  }

  /**
   * Returns false when one of several writes failed and nothing was committed. The caller then runs
   * each one alone.
   */
  private boolean writeTogether(List<Job<?>> group) {
    boolean each = false;
    try {
      Session own =
          session(
              group.stream().anyMatch(job -> job.durability == Durability.POWER_FAILURE)
                  ? Durability.POWER_FAILURE
                  : Durability.PROCESS);
      own.update("BEGIN IMMEDIATE");
      each = group.size() > 1;
      for (Job<?> job : group) {
        job.run(own);
      }
      each = false;
      own.update("COMMIT");
      group.forEach(Job::succeed);
      return true;
    } catch (SQLException | RuntimeException | Error e) {
      // Closing rolls back what is open; the next write gets a fresh connection.
      closeAfter(e, session);
      session = null;
      if (each) {
        return false;
      }
      group.forEach(job -> job.committed.completeExceptionally(e));
      return true;
    }
  }

  private Session session(Durability required) throws SQLException {
    Session own = session;
    if (own == null) {
      own = connect();
      session = own;
      durability = Durability.POWER_FAILURE;
    }
    if (durability != required) {
      // In WAL mode, NORMAL skips only the fsync of the commit. The file stays consistent.
      own.execute(
          "PRAGMA synchronous = " + (required == Durability.POWER_FAILURE ? "FULL" : "NORMAL"));
      durability = required;
    }
    return own;
  }

  private Session connect() throws SQLException {
    if (closed) {
      throw new SQLException("it is closed");
    }
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(BUSY_MILLIS);
    config.setJournalMode(JournalMode.WAL);
    config.setSynchronous(SynchronousMode.FULL);
    config.setJournalSizeLimit(LOG_LIMIT_BYTES);
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BUSY_MILLIS);
    while (true) {
      try {
        return new Session(connector.connect(config, "jdbc:sqlite:" + file.toAbsolutePath()));
      } catch (SQLException e) {
        // SQLite's own busy timeout does not hold while another connection switches to WAL mode
        // (sqlite.org/wal.html, "Sometimes Queries Return SQLITE_BUSY In WAL Mode").
        if (e.getErrorCode() != SQLiteErrorCode.SQLITE_BUSY.code || System.nanoTime() > end) {
          throw e;
        }
        LockSupport.parkNanos(BUSY_PAUSE_NANOS);
      }
    }
  }

  private static void closeAfter(@Nullable Throwable failure, @Nullable Session session) {
    if (session == null) {
      return;
    }
    try {
      session.close();
    } catch (SQLException e) {
      // After a failure, that failure is reported. Otherwise everything acknowledged is committed.
      if (failure != null) {
        failure.addSuppressed(e);
      }
    }
  }

  private TransientFailure failed(String action, String reason, @Nullable Throwable cause) {
    if (cause instanceof SQLException failure
        && (failure.getErrorCode() == SQLiteErrorCode.SQLITE_CORRUPT.code
            || failure.getErrorCode() == SQLiteErrorCode.SQLITE_NOTADB.code)) {
      damaged = true;
    }
    String message = "database: cannot " + action + ": " + reason;
    return cause == null ? new TransientFailure(message) : new TransientFailure(message, cause);
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "sqlite-writer");
    thread.setDaemon(true);
    return thread;
  }

  /** One caller's write. */
  private static final class Job<T> {
    private final Work<T> work;
    private final Durability durability;
    private final CompletableFuture<T> committed = new CompletableFuture<>();
    private @Nullable T result;

    Job(Work<T> work, Durability durability) {
      this.work = work;
      this.durability = durability;
    }

    void run(Session session) throws SQLException {
      result = work.in(session);
    }

    @SuppressWarnings("NullAway") // The work's result is not null.
    void succeed() {
      committed.complete(result);
    }
  }
}
