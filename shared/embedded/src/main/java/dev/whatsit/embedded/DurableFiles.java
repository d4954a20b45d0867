package dev.whatsit.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Writes whole files that survive a power failure. Each name is written once, readable by its owner
 * alone. Thread-safe.
 *
 * <p>A file is written under a temporary name and forced. Then it is renamed, and its directory is
 * forced.
 */
final class DurableFiles {
  /**
   * The JDK copies each write through a direct buffer of the same size and keeps that buffer for
   * the thread. If a large image were written in one step, a hundred threads would exhaust the
   * direct memory.
   */
  private static final int STEP = 128 * 1024;

  /** More than a file system keeps beside the file's name. */
  private static final int PROBE_BYTES = 4096;

  /** Makes the check for a name and its creation one step in this process. */
  private static final Object NAMES = new Object();

  private final Path incoming;
  private final Consumer<String> observer;
  private final FileAttribute<?>[] ownerOnly;
  private final FileAttribute<?>[] directoryOwnerOnly;

  /**
   * Writes through a directory for the temporary names.
   *
   * @param incoming an existing directory in the same file system as every file that is written
   */
  DurableFiles(Path incoming) throws IOException {
    this(incoming, step -> {});
  }

  /** For tests: the observer gets each creation of a directory, force and rename, just before. */
  DurableFiles(Path incoming, Consumer<String> observer) throws IOException {
    this.incoming = incoming;
    this.observer = observer;
    this.ownerOnly = ownerOnly(incoming, "rw-------");
    this.directoryOwnerOnly = ownerOnly(incoming, "rwx------");
  }

  /** The attributes that restrict access to the owner, if the file system has owners. */
  static FileAttribute<?>[] ownerOnly(Path place, String permissions) throws IOException {
    return Files.getFileStore(place).supportsFileAttributeView("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  /**
   * Writes a file unless it exists, and makes the new or the existing file durable. Creates its
   * directory if that does not exist.
   *
   * @return false when the name was taken
   */
  boolean createOnce(Path file, List<ByteBuffer> content) throws IOException {
    createDirectory(directoryOf(file));
    boolean created = false;
    if (!Files.exists(file)) {
      Path temporary = incoming.resolve(file.getFileName() + "." + UUID.randomUUID());
      try {
        write(temporary, content);
        created = rename(temporary, file);
      } finally {
        removeQuietly(temporary);
      }
    }
    // Also for an existing file: its creator may not have forced the directory yet.
    forceDirectory(directoryOf(file));
    return created;
  }

  /** Deletes a file and makes that durable, even if the file did not exist. */
  void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
    if (Files.isDirectory(directoryOf(file))) {
      forceDirectory(directoryOf(file));
    }
  }

  /**
   * Writes a small file durably and deletes it.
   *
   * @throws IOException if the file system is full, read-only or failing
   */
  void probe() throws IOException {
    Path temporary = incoming.resolve("probe." + UUID.randomUUID());
    try {
      write(temporary, List.of(ByteBuffer.allocate(PROBE_BYTES)));
    } finally {
      removeQuietly(temporary);
    }
  }

  /** Makes the names in a directory durable. */
  static void force(Path directory) throws IOException {
    // Windows cannot open a directory. Names need no forcing there: NTFS journals them.
    if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /** Removes the temporary files of processes that were killed; none may be in use. */
  void removeLeftovers() throws IOException {
    try (var leftovers = Files.newDirectoryStream(incoming)) {
      for (Path leftover : leftovers) {
        Files.deleteIfExists(leftover);
      }
    }
  }

  /**
   * The name of a new directory is durable before another thread sees it. If it can't be made
   * durable, the directory is removed, since an existing one is not forced again.
   */
  private void createDirectory(Path directory) throws IOException {
    synchronized (NAMES) {
      if (Files.isDirectory(directory)) {
        return;
      }
      observer.accept("create " + directory);
      Files.createDirectory(directory, directoryOwnerOnly);
      try {
        forceDirectory(directoryOf(directory));
      } catch (IOException | RuntimeException e) {
        try {
          Files.delete(directory);
        } catch (IOException left) {
          e.addSuppressed(left);
        }
        throw e;
      }
    }
  }

  private void forceDirectory(Path directory) throws IOException {
    observer.accept("force " + directory);
    force(directory);
  }

  private void write(Path file, List<ByteBuffer> content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly)) {
      for (ByteBuffer buffer : content) {
        int end = buffer.limit();
        while (buffer.position() < end) {
          buffer.limit(Math.min(end, buffer.position() + STEP));
          channel.write(buffer);
        }
      }
      observer.accept("force " + file);
      channel.force(true);
    }
  }

  private boolean rename(Path temporary, Path file) throws IOException {
    synchronized (NAMES) {
      if (Files.exists(file)) {
        return false;
      }
      observer.accept("rename " + temporary + " to " + file);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      return true;
    }
  }

  private static Path directoryOf(Path file) {
    Path parent = file.getParent();
    if (parent == null) {
      throw new IllegalArgumentException("no directory in " + file);
    }
    return parent;
  }

  private static void removeQuietly(Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      // A leftover is removed at the next start.
    }
  }
}
