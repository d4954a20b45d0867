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
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;

/**
 * One SQLite file in WAL mode. Thread-safe.
 *
 * <p>Readers never wait for a writer. All writes are made by one thread, because SQLite's own
 * waiting for a lock is polling; those that wait while it commits are written together, in one
 * transaction and with one fsync. Each transaction begins with the write lock, so that what it
 * reads stays true until it commits, also when another program has the file open.
 */
final class Database implements AutoCloseable {
  /** How long a call takes at most. */
  private static final int CALL_SECONDS = 9;

  /** How long a write waits for another program's transaction. */
  private static final int BUSY_MILLIS = 4_000;

  private static final int LOG_LIMIT_BYTES = 64 * 1024 * 1024;
  private static final int READERS = 4;
  private static final int GROUP = 64;

  private final Path file;
  private final String name;
  private final Connector connector;

  private final ExecutorService writer = Executors.newSingleThreadExecutor(Database::daemon);
  private final Queue<Job<?>> waiting = new ConcurrentLinkedQueue<>();

  // Of the writer's thread.
  private @Nullable Session session;
  private Outlives durability = Outlives.POWER_FAILURE;

  private final Semaphore readers = new Semaphore(READERS);
  private final Deque<Session> idle = new ConcurrentLinkedDeque<>();
  private volatile boolean closed;

  /** What a write outlives once it is answered. */
  enum Outlives {
    /** The end of the process, and a power failure. */
    POWER_FAILURE,
    /** The end of the process, however hard; a power failure may undo it as a whole. */
    PROCESS
  }

  /** Reads or writes. May be run again when others in its group failed. */
  @FunctionalInterface
  interface Work<T> {
    T in(Session session) throws SQLException;
  }

  /** Opens a connection; a seam for tests. */
  @FunctionalInterface
  interface Connector {
    Connection connect(SQLiteConfig config, String url) throws SQLException;

    /** The driver itself. */
    static Connector driver() {
      return SQLiteConfig::createConnection;
    }
  }

  /**
   * What is in the file.
   *
   * @param name for messages, for example {@code record store}
   * @param versions for each version from 1 the statements that make it of the one before
   */
  record Layout(String name, List<List<String>> versions) {
    int version() {
      return versions.size();
    }
  }

  private Database(Path file, Layout layout, Connector connector) {
    this.file = file;
    this.name = layout.name();
    this.connector = connector;
  }

  /**
   * Opens the file, or makes it.
   *
   * @throws IOException saying what is wrong with it, newer versions of the layout included
   */
  static Database open(Path file, Layout layout, Connector connector) throws IOException {
    if (Files.notExists(file)) {
      // SQLite would make it readable for everybody; its log and index files follow this one.
      try {
        Files.createFile(
            file, DurableFiles.ownerOnly(file.toAbsolutePath().resolveSibling("."), "rw-------"));
      } catch (FileAlreadyExistsException e) {
        // Another backend of this process was quicker.
      }
    }
    Database database = new Database(file, layout, connector);
    try {
      database.prepare(layout);
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
   * Reads in one statement, from what was last committed.
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
   * Writes in one transaction. When this returns, it is committed; when it throws, it may be all
   * the same.
   *
   * @param action for messages, with the key
   */
  <T> T write(String action, Outlives outlives, Work<T> work) {
    Job<T> job = new Job<>(work, outlives);
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
   * Checks that the file is there and answers.
   *
   * @throws TransientFailure saying what is wrong
   */
  void checkReachable() {
    if (!Files.exists(file)) {
      throw new TransientFailure(name + ": " + file + " is gone; restart to begin anew");
    }
    long version = read("check", session -> session.number("PRAGMA user_version"));
    if (version == 0) {
      throw new TransientFailure(name + ": " + file + " is empty; restart to begin anew");
    }
  }

  /** How many writes wait for the one that is being made. */
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

  private void prepare(Layout layout) throws SQLException, IOException {
    Session own = session(Outlives.POWER_FAILURE);
    String mode = own.first("PRAGMA journal_mode", row -> row.getString(1)).orElse("none");
    if (!mode.equals("wal")) {
      throw new IOException(
          file + " is on a file system where SQLite cannot share memory; use a local one");
    }
    begin(own);
    long version = own.number("PRAGMA user_version");
    if (version > layout.version()) {
      throw new IOException(
          file
              + " was written by a newer version (layout "
              + version
              + ", this one reads "
              + layout.version()
              + "); use that version or another folder");
    }
    for (List<String> statements : layout.versions().subList((int) version, layout.version())) {
      for (String statement : statements) {
        own.execute(statement);
      }
    }
    own.update("PRAGMA user_version = " + layout.version());
    commit(own);
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

  /** Returns false when one of several failed and nothing was committed: each may work alone. */
  private boolean writeTogether(List<Job<?>> group) {
    boolean each = false;
    try {
      Session own =
          session(
              group.stream().anyMatch(job -> job.outlives == Outlives.POWER_FAILURE)
                  ? Outlives.POWER_FAILURE
                  : Outlives.PROCESS);
      begin(own);
      each = group.size() > 1;
      for (Job<?> job : group) {
        job.run(own);
      }
      each = false;
      commit(own);
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

  private static void begin(Session session) throws SQLException {
    session.update("BEGIN IMMEDIATE");
  }

  private static void commit(Session session) throws SQLException {
    session.update("COMMIT");
  }

  private Session session(Outlives outlives) throws SQLException {
    Session own = session;
    if (own == null) {
      own = connect();
      session = own;
      durability = Outlives.POWER_FAILURE;
    }
    if (durability != outlives) {
      // In WAL mode NORMAL leaves out the fsync of the commit and nothing that keeps the file
      // whole.
      own.execute(
          "PRAGMA synchronous = " + (outlives == Outlives.POWER_FAILURE ? "FULL" : "NORMAL"));
      durability = outlives;
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
    return new Session(connector.connect(config, "jdbc:sqlite:" + file.toAbsolutePath()));
  }

  private static void closeAfter(@Nullable Throwable failure, @Nullable Session session) {
    if (session == null) {
      return;
    }
    try {
      session.close();
    } catch (SQLException e) {
      // On the way out of a failure that one counts; else all that was answered is committed.
      if (failure != null) {
        failure.addSuppressed(e);
      }
    }
  }

  private TransientFailure failed(String action, String reason, @Nullable Throwable cause) {
    String message = name + ": cannot " + action + ": " + reason;
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
    private final Outlives outlives;
    private final CompletableFuture<T> committed = new CompletableFuture<>();
    private @Nullable T result;

    Job(Work<T> work, Outlives outlives) {
      this.work = work;
      this.outlives = outlives;
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
