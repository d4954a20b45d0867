package dev.whatsit.embedded;

import dev.whatsit.embedded.Database.Connector;
import dev.whatsit.embedded.Database.Layout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An open data folder and its stores: {@code images/}, {@code thumbnails/}, {@code incoming/} for
 * files that are being written, {@code whatsit.db} with documents and messages, {@code link.key}
 * and {@code lock}.
 */
final class DataFolder implements AutoCloseable {
  private static final int KEY_BYTES = 32;

  private static final Layout LAYOUT = new Layout("database", List.of(SqliteMessageQueue.TABLES));

  private final @Nullable DataDirectoryLock lock;
  private final ImageFolder images;
  private final ImageFolder thumbnails;
  private final Database database;
  private final SqliteDocumentStore documents;
  private final SqliteMessageQueue messages;
  private final byte[] linkKey;

  private DataFolder(
      @Nullable DataDirectoryLock lock,
      ImageFolder images,
      ImageFolder thumbnails,
      Database database,
      InstantSource clock,
      QueuePolicy policy,
      RandomGenerator random,
      byte[] linkKey) {
    this.lock = lock;
    this.images = images;
    this.thumbnails = thumbnails;
    this.database = database;
    this.documents = new SqliteDocumentStore(database, DocumentTables.ofProject());
    this.messages = new SqliteMessageQueue(database, clock, policy, random);
    this.linkKey = linkKey;
  }

  /**
   * Opens the folder, or creates it.
   *
   * @param exclusive whether to lock out other processes
   * @throws IOException saying what is wrong with the folder
   */
  static DataFolder open(
      Path folder,
      boolean exclusive,
      InstantSource clock,
      QueuePolicy policy,
      RandomGenerator random)
      throws IOException {
    createOwnerOnly(folder);
    refuseOlderFiles(folder);
    DataDirectoryLock lock = exclusive ? DataDirectoryLock.acquire(folder) : null;
    try {
      return open(folder, lock, clock, policy, random);
    } catch (IOException | RuntimeException | Error e) {
      if (lock != null) {
        closeAfter(e, lock);
      }
      throw e;
    }
  }

  private static DataFolder open(
      Path folder,
      @Nullable DataDirectoryLock lock,
      InstantSource clock,
      QueuePolicy policy,
      RandomGenerator random)
      throws IOException {
    Path incoming = createOwnerOnly(folder.resolve("incoming"));
    Path imageFolder = createOwnerOnly(folder.resolve("images"));
    Path thumbnailFolder = createOwnerOnly(folder.resolve("thumbnails"));
    DurableFiles files = DurableFiles.in(incoming);
    if (lock != null && lock.isOnlyUser()) {
      files.removeLeftovers();
    }
    byte[] linkKey = linkKey(folder.resolve("link.key"), files);
    ImageFolder images = ImageFolder.open(imageFolder, files);
    ImageFolder thumbnails = ImageFolder.open(thumbnailFolder, files);
    Database database = Database.open(folder.resolve("whatsit.db"), LAYOUT, Connector.driver());
    try {
      DurableFiles.force(folder);
      return new DataFolder(lock, images, thumbnails, database, clock, policy, random, linkKey);
    } catch (IOException | RuntimeException | Error e) {
      closeAfter(e, database);
      throw e;
    }
  }

  /** Whether this is the only user of the folder, in this process and all others. */
  boolean isOnlyUser() {
    return lock != null && lock.isOnlyUser();
  }

  ImageFolder images() {
    return images;
  }

  ImageFolder thumbnails() {
    return thumbnails;
  }

  SqliteDocumentStore documents() {
    return documents;
  }

  SqliteMessageQueue messages() {
    return messages;
  }

  byte[] linkKey() {
    return linkKey.clone();
  }

  /** Waits for running writes, closes everything and releases the lock. */
  @Override
  public void close() throws IOException {
    database.close();
    if (lock != null) {
      lock.close();
    }
  }

  /** Without this check, a folder of a version before the first release would look empty. */
  private static void refuseOlderFiles(Path folder) throws IOException {
    for (String name : List.of("records.db", "queue.db")) {
      if (Files.exists(folder.resolve(name))) {
        throw new IOException(
            "it has a "
                + name
                + " of a version before the first release, which cannot be read any more;"
                + " move its files away");
      }
    }
  }

  private static byte[] linkKey(Path file, DurableFiles files) throws IOException {
    byte[] fresh = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(fresh);
    if (files.createOnce(file, List.of(ByteBuffer.wrap(fresh)))) {
      return fresh;
    }
    byte[] kept = Files.readAllBytes(file);
    if (kept.length != KEY_BYTES) {
      throw new IOException(
          file
              + " is damaged: it has "
              + kept.length
              + " bytes, not "
              + KEY_BYTES
              + "; remove it, and links given out so far end");
    }
    return kept;
  }

  private static Path createOwnerOnly(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return folder;
    }
    List<Path> missing = new ArrayList<>();
    Path existing = folder.toAbsolutePath().normalize();
    while (Files.notExists(existing)) {
      missing.add(0, existing);
      Path parent = existing.getParent();
      if (parent == null) {
        break;
      }
      existing = parent;
    }
    var ownerOnly = DurableFiles.ownerOnly(existing, "rwx------");
    for (Path step : missing) {
      Files.createDirectories(step, ownerOnly);
      DurableFiles.force(existing);
      existing = step;
    }
    if (!Files.isDirectory(folder)) {
      throw new IOException(folder + " is not a directory");
    }
    return folder;
  }

  private static void closeAfter(Throwable failure, AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
  }
}
