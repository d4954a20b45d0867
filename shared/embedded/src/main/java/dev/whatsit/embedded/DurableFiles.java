package dev.whatsit.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.UUID;

/**
 * Writes whole files that survive a power failure. Each name is written once, readable by its owner
 * alone.
 *
 * <p>A file is written under a temporary name and forced. Then it appears under its own name in one
 * step, and its directory is forced. The step is link(2), because it is the only one in Java that
 * fails if the name exists: {@link StandardCopyOption#ATOMIC_MOVE} replaces the existing file.
 */
final class DurableFiles {
  /**
   * The JDK copies each write through a direct buffer of the same size and keeps that buffer for
   * the thread. If a large image were written in one step, a hundred threads would exhaust the
   * direct memory.
   */
  private static final int STEP = 128 * 1024;

  private final Path incoming;
  private final boolean linking;
  private final FileOperations operations;
  private final FileAttribute<?>[] ownerOnly;
  private final FileAttribute<?>[] directoryOwnerOnly;

  private DurableFiles(Path incoming, boolean linking, FileOperations operations)
      throws IOException {
    this.incoming = incoming;
    this.linking = linking;
    this.operations = operations;
    this.ownerOnly = ownerOnly(incoming, "rw-------");
    this.directoryOwnerOnly = ownerOnly(incoming, "rwx------");
  }

  /**
   * Detects whether the file system has hard links.
   *
   * @param incoming an existing directory for the temporary names, in the same file system as every
   *     file that will be written
   */
  static DurableFiles in(Path incoming) throws IOException {
    return in(incoming, new FileOperations());
  }

  static DurableFiles in(Path incoming, FileOperations operations) throws IOException {
    return new DurableFiles(incoming, canLink(incoming), operations);
  }

  /** The same for a file system that lacks hard links, such as exFAT. */
  static DurableFiles withoutLinks(Path incoming, FileOperations operations) throws IOException {
    return new DurableFiles(incoming, false, operations);
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
   * Writes a file unless it exists, and makes the new or the existing file durable.
   *
   * @return false when the name was taken
   */
  boolean createOnce(Path file, List<ByteBuffer> content) throws IOException {
    if (Files.exists(file)) {
      // Its creator forced the bytes before the file had this name, but may not have forced the
      // directory yet.
      operations.forceDirectory(directoryOf(file));
      return false;
    }
    Path temporary = incoming.resolve(file.getFileName() + "." + UUID.randomUUID());
    boolean created;
    try {
      write(temporary, content);
      created = linking ? link(temporary, file) : rename(temporary, file);
      operations.forceDirectory(directoryOf(file));
    } catch (IOException | RuntimeException | Error e) {
      removeAfter(e, temporary);
      throw e;
    }
    removeQuietly(temporary);
    return created;
  }

  /** Creates a directory unless it exists, and makes the new or the existing directory durable. */
  void createDirectory(Path directory) throws IOException {
    try {
      operations.createDirectory(directory, directoryOwnerOnly);
    } catch (FileAlreadyExistsException e) {
      // Another thread or process created it. If it is not a directory, a write to it will fail.
    }
    operations.forceDirectory(directoryOf(directory));
  }

  /** Deletes a file and makes that durable, even if the file did not exist. */
  void delete(Path file) throws IOException {
    operations.delete(file);
    if (Files.isDirectory(directoryOf(file))) {
      operations.forceDirectory(directoryOf(file));
    }
  }

  /** Makes the names in a directory durable. */
  static void force(Path directory) throws IOException {
    new FileOperations().forceDirectory(directory);
  }

  /** Removes temporary files, of which none may be in use. */
  void removeLeftovers() throws IOException {
    try (var leftovers = Files.newDirectoryStream(incoming)) {
      for (Path leftover : leftovers) {
        Files.deleteIfExists(leftover);
      }
    }
  }

  private void write(Path file, List<ByteBuffer> content) throws IOException {
    try (FileChannel channel = operations.create(file, ownerOnly)) {
      for (ByteBuffer buffer : content) {
        int end = buffer.limit();
        while (buffer.position() < end) {
          buffer.limit(Math.min(end, buffer.position() + STEP));
          operations.write(channel, buffer);
        }
      }
      operations.force(channel);
    }
  }

  private boolean link(Path temporary, Path file) throws IOException {
    try {
      operations.link(temporary, file);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  /**
   * Without hard links, the check and the rename are two steps. The lock makes them atomic within
   * this process. Two processes may both report that they stored the file, but both wrote the same
   * bytes.
   */
  private synchronized boolean rename(Path temporary, Path file) throws IOException {
    if (Files.exists(file)) {
      return false;
    }
    try {
      operations.rename(temporary, file);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException(incoming + " and " + file + " are not in the same file system", e);
    }
    return true;
  }

  private static boolean canLink(Path incoming) throws IOException {
    Path one = Files.createTempFile(incoming, "probe", ".one");
    Path two = one.resolveSibling(one.getFileName() + ".two");
    try {
      Files.createLink(two, one);
      return true;
    } catch (UnsupportedOperationException | FileSystemException e) {
      return false;
    } finally {
      Files.deleteIfExists(two);
      Files.deleteIfExists(one);
    }
  }

  private static Path directoryOf(Path file) {
    Path parent = file.getParent();
    if (parent == null) {
      throw new IllegalArgumentException("no directory in " + file);
    }
    return parent;
  }

  private void removeAfter(Throwable failure, Path temporary) {
    try {
      operations.delete(temporary);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private void removeQuietly(Path temporary) {
    try {
      operations.delete(temporary);
    } catch (IOException e) {
      // The file exists under its own name; a leftover is removed at the next start.
    }
  }
}
