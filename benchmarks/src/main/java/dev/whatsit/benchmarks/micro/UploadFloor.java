package dev.whatsit.benchmarks.micro;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HexFormat;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;

/**
 * The lower bound of a durable upload on this machine: SHA-256 of the bytes, one file written and
 * forced, and a row in each of two SQLite files, each forced. It validates nothing and cannot find
 * anything again, and a power failure may lose the file's name. Not thread-safe.
 */
final class UploadFloor implements AutoCloseable {
  /** As long as a message's attributes and a record's columns together. */
  private static final String ROW = "x".repeat(330);

  private final Path files;
  private final MessageDigest sha256;
  private final Connection messages;
  private final Connection records;
  private final PreparedStatement publish;
  private final PreparedStatement create;

  /**
   * Opens the files.
   *
   * @param files the directory for the files
   * @param databases the directory for the SQLite files
   */
  UploadFloor(Path files, Path databases) throws SQLException {
    this.files = files;
    try {
      this.sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    this.messages = connect(databases.resolve("queue.db"));
    this.records = connect(databases.resolve("records.db"));
    this.publish = insert(messages);
    this.create = insert(records);
  }

  private static Connection connect(Path file) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(JournalMode.WAL);
    config.setSynchronous(SynchronousMode.FULL);
    return config.createConnection("jdbc:sqlite:" + file);
  }

  private static PreparedStatement insert(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.executeUpdate(
          "CREATE TABLE rows (id TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL)"
              + " STRICT, WITHOUT ROWID");
    }
    return connection.prepareStatement("INSERT INTO rows (id, body) VALUES (?, ?)");
  }

  void store(byte[] bytes) throws IOException, SQLException {
    String hash = HexFormat.of().formatHex(sha256.digest(bytes));
    try (FileChannel file =
        FileChannel.open(
            files.resolve(hash), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        file.write(buffer);
      }
      file.force(true);
    }
    commit(publish, hash);
    commit(create, hash);
  }

  private static void commit(PreparedStatement insert, String hash) throws SQLException {
    insert.setString(1, hash);
    insert.setString(2, ROW);
    insert.executeUpdate();
  }

  @Override
  public void close() throws SQLException {
    messages.close();
    records.close();
  }
}
