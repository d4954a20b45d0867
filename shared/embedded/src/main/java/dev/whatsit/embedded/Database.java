package dev.whatsit.embedded;

import dev.whatsit.domain.failure.TransientFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;

/**
 * One SQLite file in WAL mode, used by several threads and processes.
 *
 * <p>Readers never wait for a writer. Writers of this process take turns here, not in SQLite, whose
 * waiting is polling; those that wait are written by whoever's turn it is, in one transaction and
 * with one fsync. Each transaction begins with the write lock, so that what it reads stays true
 * until it commits, whatever other processes do.
 */
final class Database implements AutoCloseable {
  private static final int BUSY_MILLIS = 10_000;
  private static final int LOG_LIMIT_BYTES = 64 * 1024 * 1024;
  private static final int READERS = 4;
  private static final int GROUP = 64;

  private final Path file;
  private final String name;
  private final Connector connector;

  private final ReentrantLock turn = new ReentrantLock();
  private final Queue<Job<?>> waiting = new ConcurrentLinkedQueue<>();
  private @Nullable Session durable;
  private @Nullable Session fast;

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
      Files.createFile(
          file, DurableFiles.ownerOnly(file.toAbsolutePath().resolveSibling("."), "rw-------"));
    }
    Database database = new Database(file, layout, connector);
    try {
      database.prepare(layout);
      return database;
    } catch (IOException | RuntimeException | Error e) {
      database.closeAfter(e);
      throw e;
    } catch (SQLException e) {
      IOException failure = new IOException(file + " cannot be opened: " + e.getMessage(), e);
      database.closeAfter(failure);
      throw failure;
    }
  }

  /**
   * Reads in one statement, from what was last committed.
   *
   * @param action for messages, with the key
   */
  <T> T read(String action, Work<T> work) {
    readers.acquireUninterruptibly();
    try {
      Session session = idle.pollFirst();
      if (session == null) {
        session = connect(SynchronousMode.FULL);
      }
      try {
        T result = work.in(session);
        idle.addFirst(session);
        return result;
      } catch (SQLException | RuntimeException | Error e) {
        closeAfter(e, session);
        throw e;
      }
    } catch (SQLException e) {
      throw failed(action, e);
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
    turn.lock();
    try {
      while (!job.done) {
        runGroup();
      }
    } finally {
      turn.unlock();
    }
    return job.result(action);
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

  /** Waits for what is being written and gives everything back. */
  @Override
  public void close() {
    turn.lock();
    try {
      closed = true;
      closeAfter(null, durable);
      closeAfter(null, fast);
      durable = null;
      fast = null;
    } finally {
      turn.unlock();
    }
    readers.acquireUninterruptibly(READERS);
    try {
      for (Session session = idle.poll(); session != null; session = idle.poll()) {
        closeAfter(null, session);
      }
    } finally {
      readers.release(READERS);
    }
  }

  private void prepare(Layout layout) throws SQLException, IOException {
    Session session = writer(Outlives.POWER_FAILURE);
    String mode = session.first("PRAGMA journal_mode", row -> row.getString(1)).orElse("none");
    if (!mode.equals("wal")) {
      throw new IOException(
          file + " is on a file system where SQLite cannot share memory; use a local one");
    }
    begin(session);
    long version = session.number("PRAGMA user_version");
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
        session.execute(statement);
      }
    }
    session.update("PRAGMA user_version = " + layout.version());
    commit(session);
  }

  private void runGroup() {
    List<Job<?>> group = new ArrayList<>();
    Outlives outlives = Outlives.PROCESS;
    for (Job<?> job = waiting.poll(); job != null; job = waiting.poll()) {
      group.add(job);
      if (job.outlives == Outlives.POWER_FAILURE) {
        outlives = Outlives.POWER_FAILURE;
      }
      if (group.size() == GROUP) {
        break;
      }
    }
    if (!runTogether(group, outlives)) {
      // One of them failed before anything was committed: the others shall not suffer for it.
      for (Job<?> job : group) {
        runTogether(List.of(job), job.outlives);
      }
    }
  }

  /** Returns false when nothing was written, no job is done, and each may be tried alone. */
  private boolean runTogether(List<Job<?>> group, Outlives outlives) {
    boolean committing = false;
    try {
      Session session = writer(outlives);
      begin(session);
      for (Job<?> job : group) {
        job.run(session);
      }
      committing = true;
      commit(session);
      group.forEach(job -> job.done = true);
      return true;
    } catch (SQLException | RuntimeException | Error e) {
      dropWriter(e, outlives);
      if (group.size() > 1 && !committing) {
        return false;
      }
      group.forEach(job -> job.fail(e));
      return true;
    }
  }

  private static void begin(Session session) throws SQLException {
    session.update("BEGIN IMMEDIATE");
  }

  private static void commit(Session session) throws SQLException {
    session.update("COMMIT");
  }

  private Session writer(Outlives outlives) throws SQLException {
    if (outlives == Outlives.POWER_FAILURE) {
      Session session = durable;
      if (session == null) {
        session = connect(SynchronousMode.FULL);
        durable = session;
      }
      return session;
    }
    Session session = fast;
    if (session == null) {
      // In WAL mode this leaves out the fsync of the commit and nothing that keeps the file whole.
      session = connect(SynchronousMode.NORMAL);
      fast = session;
    }
    return session;
  }

  /** Closing rolls back what is open; the next writer gets a fresh connection. */
  private void dropWriter(Throwable failure, Outlives outlives) {
    if (outlives == Outlives.POWER_FAILURE) {
      closeAfter(failure, durable);
      durable = null;
    } else {
      closeAfter(failure, fast);
      fast = null;
    }
  }

  private Session connect(SynchronousMode synchronous) throws SQLException {
    if (closed) {
      throw new SQLException("it is closed");
    }
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(BUSY_MILLIS);
    config.setJournalMode(JournalMode.WAL);
    config.setSynchronous(synchronous);
    config.setJournalSizeLimit(LOG_LIMIT_BYTES);
    return new Session(connector.connect(config, "jdbc:sqlite:" + file.toAbsolutePath()));
  }

  private void closeAfter(Throwable failure) {
    closeAfter(failure, durable);
    closeAfter(failure, fast);
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

  private TransientFailure failed(String action, SQLException cause) {
    return new TransientFailure(name + ": cannot " + action + ": " + cause.getMessage(), cause);
  }

  /** One caller's write. Its fields are touched under the turn only, until it is done. */
  private final class Job<T> {
    private final Work<T> work;
    private final Outlives outlives;
    private boolean done;
    private @Nullable T result;
    private @Nullable Throwable failure;

    Job(Work<T> work, Outlives outlives) {
      this.work = work;
      this.outlives = outlives;
    }

    void run(Session session) throws SQLException {
      result = work.in(session);
    }

    void fail(Throwable cause) {
      failure = cause;
      done = true;
    }

    @SuppressWarnings("NullAway") // The work's result is not null, and it is there without failure.
    T result(String action) {
      if (failure instanceof SQLException e) {
        throw failed(action, e);
      }
      if (failure instanceof RuntimeException e) {
        throw e;
      }
      if (failure instanceof Error e) {
        throw e;
      }
      return result;
    }
  }
}
