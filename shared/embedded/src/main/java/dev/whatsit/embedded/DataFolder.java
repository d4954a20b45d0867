package dev.whatsit.embedded;

import dev.whatsit.domain.failure.UsageLimit;
import dev.whatsit.embedded.Database.Connector;
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

  final Path images;
  final UsageLimit imageLimit;
  final UsageLimit thumbnailLimit;
  final Path thumbnails;
  final DurableFiles files;
  final byte[] linkKey;
  final SqliteDocumentStore documents;
  final SqliteMessageQueue messages;

  private final @Nullable DataDirectoryLock lock;
  private final Database database;

  private DataFolder(
      Path folder,
      @Nullable DataDirectoryLock lock,
      long maxStoredBytes,
      InstantSource clock,
      QueuePolicy policy,
      RandomGenerator random)
      throws IOException {
    this.lock = lock;
    images = createOwnerOnly(folder.resolve("images"));
    thumbnails = createOwnerOnly(folder.resolve("thumbnails"));
    files = new DurableFiles(createOwnerOnly(folder.resolve("incoming")));
    if (isOnlyUser()) {
      files.removeLeftovers();
    }
    DurableFiles.force(images);
    DurableFiles.force(thumbnails);
    imageLimit = DirectoryImageStore.limit(images, maxStoredBytes, clock);
    thumbnailLimit = DirectoryImageStore.limit(thumbnails, 0, clock);
    linkKey = linkKey(folder.resolve("link.key"), files);
    database =
        Database.open(
            folder.resolve("whatsit.db"),
            SqliteMessageQueue.TABLES,
            hasNoFolders(images),
            Connector.driver());
    try {
      DurableFiles.force(folder);
      documents = new SqliteDocumentStore(database, DocumentTables.ofProject());
      messages = new SqliteMessageQueue(database, clock, policy, random);
    } catch (IOException | RuntimeException | Error e) {
      database.close();
      throw e;
    }
  }

  /**
   * Opens the folder, or creates it.
   *
   * @param exclusive whether to lock out other processes
   * @param maxStoredBytes the bytes of images from which on no more are stored, 0 for no limit
   * @throws IOException saying what is wrong with the folder
   */
  static DataFolder open(
      Path folder,
      boolean exclusive,
      long maxStoredBytes,
      InstantSource clock,
      QueuePolicy policy,
      RandomGenerator random)
      throws IOException {
    createOwnerOnly(folder);
    DataDirectoryLock lock = exclusive ? DataDirectoryLock.acquire(folder) : null;
    try {
      return new DataFolder(folder, lock, maxStoredBytes, clock, policy, random);
    } catch (IOException | RuntimeException | Error e) {
      if (lock != null) {
        lock.close();
      }
      throw e;
    }
  }

  /** Whether this is the only user of the folder, in this process and all others. */
  boolean isOnlyUser() {
    return lock != null && lock.isOnlyUser();
  }

  /** Waits for running writes, closes everything and releases the lock. */
  @Override
  public void close() {
    database.close();
    if (lock != null) {
      lock.close();
    }
  }

  /** Whether a folder has no folders in it. */
  private static boolean hasNoFolders(Path folder) throws IOException {
    try (var content = Files.newDirectoryStream(folder, Files::isDirectory)) {
      return !content.iterator().hasNext();
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
          "%s is damaged: it has %d bytes, not %d; remove it, and all earlier links become invalid"
              .formatted(file, kept.length, KEY_BYTES));
    }
    return kept;
  }

  static Path createOwnerOnly(Path folder) throws IOException {
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
}
