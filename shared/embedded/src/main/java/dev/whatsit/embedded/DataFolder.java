package dev.whatsit.embedded;

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
 * Everything in one data folder, open: {@code images/}, {@code thumbnails/}, {@code incoming/} for
 * files that are being written, {@code whatsit.db} with documents and messages, {@code link.key}
 * and {@code lock}.
 */
final class DataFolder implements AutoCloseable {
  private static final int KEY_BYTES = 32;

  private final @Nullable DataDirectoryLock lock;
  private final DirectoryImageStore images;
  private final DirectoryImageStore thumbnails;
  private final DatabaseFiles databases;
  private final SqliteDocumentStore documents;
  private final SqliteMessageQueue messages;
  private final SqliteRecordStore records;
  private final SqliteThumbnailRecords thumbnailRecords;
  private final SqliteSpendingLedger spending;
  private final SqliteCallbackStore callbacks;
  private final SqliteBatchStore batches;
  private final byte[] linkKey;

  private DataFolder(
      @Nullable DataDirectoryLock lock,
      DirectoryImageStore images,
      DirectoryImageStore thumbnails,
      DatabaseFiles databases,
      InstantSource clock,
      QueuePolicy policy,
      RandomGenerator random,
      byte[] linkKey) {
    this.lock = lock;
    this.images = images;
    this.thumbnails = thumbnails;
    this.databases = databases;
    this.documents = new SqliteDocumentStore(databases.database(), DocumentTables.ofProject());
    this.messages = new SqliteMessageQueue(databases.database(), clock, policy, random);
    this.records = new SqliteRecordStore(databases.records());
    this.thumbnailRecords = new SqliteThumbnailRecords(databases.records());
    this.spending = new SqliteSpendingLedger(databases.records());
    this.callbacks = new SqliteCallbackStore(databases.callbacks());
    this.batches = new SqliteBatchStore(databases.batches());
    this.linkKey = linkKey;
  }

  /**
   * Opens the folder, or makes it.
   *
   * @param exclusive whether other processes are kept out
   * @throws IOException saying what is wrong with it
   */
  static DataFolder open(
      Path folder,
      boolean exclusive,
      InstantSource clock,
      QueuePolicy policy,
      RandomGenerator random)
      throws IOException {
    createOwnerOnly(folder);
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
    DirectoryImageStore images = DirectoryImageStore.open(imageFolder, files);
    DirectoryImageStore thumbnails = DirectoryImageStore.open(thumbnailFolder, files);
    DatabaseFiles databases = DatabaseFiles.open(folder);
    try {
      DurableFiles.force(folder);
      return new DataFolder(lock, images, thumbnails, databases, clock, policy, random, linkKey);
    } catch (IOException | RuntimeException | Error e) {
      closeAfter(e, databases);
      throw e;
    }
  }

  /** Whether nobody else uses the folder, in this process or another. */
  boolean isOnlyUser() {
    return lock != null && lock.isOnlyUser();
  }

  DirectoryImageStore images() {
    return images;
  }

  DirectoryImageStore thumbnails() {
    return thumbnails;
  }

  SqliteDocumentStore documents() {
    return documents;
  }

  SqliteMessageQueue messages() {
    return messages;
  }

  SqliteRecordStore records() {
    return records;
  }

  SqliteThumbnailRecords thumbnailRecords() {
    return thumbnailRecords;
  }

  SqliteSpendingLedger spending() {
    return spending;
  }

  SqliteCallbackStore callbacks() {
    return callbacks;
  }

  SqliteBatchStore batches() {
    return batches;
  }

  byte[] linkKey() {
    return linkKey.clone();
  }

  /** Waits for what is being written, closes everything and releases the folder. */
  @Override
  public void close() throws IOException {
    databases.close();
    if (lock != null) {
      lock.close();
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
