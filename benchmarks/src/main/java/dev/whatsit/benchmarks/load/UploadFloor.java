package dev.whatsit.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Locale;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;

/**
 * The lower bound of a durable upload on this machine: one file written and forced, its directory
 * forced, and one row committed and forced. It validates nothing. As in the system, the files are in
 * 256 directories. Thread-safe.
 */
final class UploadFloor implements AutoCloseable {
  /** As long as a message's attributes and a record's columns together. */
  private static final String ROW = "x".repeat(660);

  private final Path files;
  private final Connection database;
  private final PreparedStatement insert;

  UploadFloor(Path folder) throws IOException, SQLException {
    this.files = Files.createDirectory(folder.resolve("images"));
    for (int i = 0; i < 256; i++) {
      Files.createDirectory(files.resolve(String.format(Locale.ROOT, "%02x", i)));
    }
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(JournalMode.WAL);
    config.setSynchronous(SynchronousMode.FULL);
    this.database = config.createConnection("jdbc:sqlite:" + folder.resolve("floor.db"));
    try (var statement = database.createStatement()) {
      statement.executeUpdate(
          "CREATE TABLE rows (id TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL)"
              + " STRICT, WITHOUT ROWID");
    }
    this.insert = database.prepareStatement("INSERT INTO rows (id, body) VALUES (?, ?)");
  }

  /**
   * Stores bytes that were not stored before.
   *
   * @param hash of the bytes, in hexadecimal
   */
  void store(String hash, ByteBuffer bytes) throws IOException, SQLException {
    Path directory = files.resolve(hash.substring(0, 2));
    try (FileChannel file =
        FileChannel.open(
            directory.resolve(hash), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force(true);
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
    synchronized (insert) {
      insert.setString(1, hash);
      insert.setString(2, ROW);
      insert.executeUpdate();
    }
  }

  @Override
  public void close() throws SQLException {
    database.close();
  }
}
