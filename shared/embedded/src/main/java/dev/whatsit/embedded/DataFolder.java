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

/**
 * Everything in one data folder, open: {@code images/}, {@code thumbnails/}, {@code incoming/} for
 * files that are being written, {@code records.db}, {@code callbacks.db}, {@code batches.db},
 * {@code queue.db}, {@code results.db}, {@code fetches.db}, {@code progress.db}, {@code link.key}
 * and {@code lock}.
 */
final class DataFolder implements AutoCloseable {
  private static final int KEY_BYTES = 32;

  private final FolderUse use;
  private final ImageFolder images;
  private final ImageFolder thumbnails;
  private final DatabaseFiles databases;
  private final SqliteRecordStore records;
  private final SqliteThumbnailRecords thumbnailRecords;
  private final SqliteSpendingLedger spending;
  private final SqliteWorkQueue queue;
  private final SqliteCallbackStore callbacks;
  private final DroppingQueue results;
  private final SqliteBatchStore batches;
  private final DroppingQueue fetches;
  private final DroppingQueue progress;
  private final byte[] linkKey;

  private DataFolder(
      FolderUse use,
      ImageFolder images,
      ImageFolder thumbnails,
      DatabaseFiles databases,
      InstantSource clock,
      QueuePolicy policy,
      RandomGenerator random,
      byte[] linkKey) {
    this.use = use;
    this.images = images;
    this.thumbnails = thumbnails;
    this.databases = databases;
    this.records = new SqliteRecordStore(databases.records());
    this.thumbnailRecords = new SqliteThumbnailRecords(databases.records());
    this.spending = new SqliteSpendingLedger(databases.records());
    this.queue = new SqliteWorkQueue(databases.queue(), clock, policy, random);
    this.callbacks = new SqliteCallbackStore(databases.callbacks());
    this.results = new DroppingQueue("results", databases.results(), clock, policy, random);
    this.batches = new SqliteBatchStore(databases.batches());
    this.fetches = new DroppingQueue("fetches", databases.fetches(), clock, policy, random);
    this.progress = new DroppingQueue("progress", databases.progress(), clock, policy, random);
    this.linkKey = linkKey;
  }

  /**
   * Opens the folder, or makes it.
   *
   * @throws IOException saying what is wrong with it
   */
  static DataFolder open(
      Path folder, InstantSource clock, QueuePolicy policy, RandomGenerator random)
      throws IOException {
    createOwnerOnly(folder);
    FolderUse use = FolderUse.begin(folder);
    try {
      return use.exclusively(alone -> open(folder, alone, use, clock, policy, random));
    } catch (IOException | RuntimeException | Error e) {
      closeAfter(e, use);
      throw e;
    }
  }

  private static DataFolder open(
      Path folder,
      boolean alone,
      FolderUse use,
      InstantSource clock,
      QueuePolicy policy,
      RandomGenerator random)
      throws IOException {
    Path incoming = createOwnerOnly(folder.resolve("incoming"));
    Path imageFolder = createOwnerOnly(folder.resolve("images"));
    Path thumbnailFolder = createOwnerOnly(folder.resolve("thumbnails"));
    DurableFiles files = DurableFiles.in(incoming);
    if (alone) {
      files.removeLeftovers();
    }
    byte[] linkKey = linkKey(folder.resolve("link.key"), files);
    ImageFolder images = ImageFolder.open(imageFolder, files);
    ImageFolder thumbnails = ImageFolder.open(thumbnailFolder, files);
    DatabaseFiles databases = DatabaseFiles.open(folder);
    try {
      DurableFiles.force(folder);
      return new DataFolder(use, images, thumbnails, databases, clock, policy, random, linkKey);
    } catch (IOException | RuntimeException | Error e) {
      closeAfter(e, databases);
      throw e;
    }
  }

  FolderUse use() {
    return use;
  }

  ImageFolder images() {
    return images;
  }

  ImageFolder thumbnails() {
    return thumbnails;
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

  SqliteWorkQueue queue() {
    return queue;
  }

  SqliteCallbackStore callbacks() {
    return callbacks;
  }

  DroppingQueue results() {
    return results;
  }

  SqliteBatchStore batches() {
    return batches;
  }

  DroppingQueue fetches() {
    return fetches;
  }

  DroppingQueue progress() {
    return progress;
  }

  byte[] linkKey() {
    return linkKey.clone();
  }

  /** Waits for what is being written, closes everything and stops counting as a user. */
  @Override
  public void close() throws IOException {
    databases.close();
    use.close();
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
