package dev.whatsit.embedded;

import dev.whatsit.embedded.Database.Connector;
import dev.whatsit.embedded.Database.Layout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Everything in one data folder, open: {@code images/}, {@code incoming/} for files that are being
 * written, {@code records.db}, {@code batches.db}, {@code queue.db}, {@code fetches.db}, {@code
 * link.key} and {@code lock}.
 */
final class DataFolder implements AutoCloseable {
  private static final int KEY_BYTES = 32;

  private static final Layout FETCHES =
      new Layout("fetch queue", SqliteWorkQueue.LAYOUT.versions());

  private final FolderUse use;
  private final DirectoryImageStore images;
  private final Database recordFile;
  private final SqliteRecordStore records;
  private final SqliteSpendingLedger spending;
  private final Database batchFile;
  private final SqliteBatchStore batches;
  private final Database queueFile;
  private final SqliteWorkQueue queue;
  private final Database fetchFile;
  private final SqliteWorkQueue fetches;
  private final byte[] linkKey;

  private DataFolder(
      FolderUse use,
      DirectoryImageStore images,
      Database recordFile,
      Database batchFile,
      Database queueFile,
      SqliteWorkQueue queue,
      Database fetchFile,
      SqliteWorkQueue fetches,
      byte[] linkKey) {
    this.use = use;
    this.images = images;
    this.recordFile = recordFile;
    this.records = new SqliteRecordStore(recordFile);
    this.spending = new SqliteSpendingLedger(recordFile);
    this.batchFile = batchFile;
    this.batches = new SqliteBatchStore(batchFile);
    this.queueFile = queueFile;
    this.queue = queue;
    this.fetchFile = fetchFile;
    this.fetches = fetches;
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
    DurableFiles files = DurableFiles.in(incoming);
    if (alone) {
      files.removeLeftovers();
    }
    byte[] linkKey = linkKey(folder.resolve("link.key"), files);
    DirectoryImageStore images = DirectoryImageStore.open(imageFolder, files);
    Deque<AutoCloseable> opened = new ArrayDeque<>();
    try {
      Database records = open(folder.resolve("records.db"), SqliteRecordStore.LAYOUT, opened);
      Database batches = open(folder.resolve("batches.db"), SqliteBatchStore.LAYOUT, opened);
      Database queueFile = open(folder.resolve("queue.db"), SqliteWorkQueue.LAYOUT, opened);
      Database fetchFile = open(folder.resolve("fetches.db"), FETCHES, opened);
      DurableFiles.force(folder);
      SqliteWorkQueue queue = new SqliteWorkQueue(queueFile, clock, policy, random);
      SqliteWorkQueue fetches = new SqliteWorkQueue(fetchFile, clock, policy, random);
      return new DataFolder(
          use, images, records, batches, queueFile, queue, fetchFile, fetches, linkKey);
    } catch (IOException | RuntimeException | Error e) {
      opened.forEach(each -> closeAfter(e, each));
      throw e;
    }
  }

  private static Database open(Path file, Layout layout, Deque<AutoCloseable> opened)
      throws IOException {
    Database database = Database.open(file, layout, Connector.driver());
    opened.push(database);
    return database;
  }

  FolderUse use() {
    return use;
  }

  DirectoryImageStore images() {
    return images;
  }

  SqliteRecordStore records() {
    return records;
  }

  SqliteBatchStore batches() {
    return batches;
  }

  SqliteSpendingLedger spending() {
    return spending;
  }

  SqliteWorkQueue queue() {
    return queue;
  }

  SqliteWorkQueue fetches() {
    return fetches;
  }

  byte[] linkKey() {
    return linkKey.clone();
  }

  /** Waits for what is being written, closes everything and stops counting as a user. */
  @Override
  public void close() throws IOException {
    recordFile.close();
    batchFile.close();
    queueFile.close();
    fetchFile.close();
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
