package dev.whatsit.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.util.Set;

/** The file system calls of {@link DurableFiles}; a test records their order. Thread-safe. */
class FileOperations {
  /** Creates a file, which must not exist, for writing. */
  FileChannel create(Path file, FileAttribute<?>... attributes) throws IOException {
    return FileChannel.open(
        file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes);
  }

  /** Writes some of the bytes that remain. */
  void write(FileChannel file, ByteBuffer bytes) throws IOException {
    file.write(bytes);
  }

  /** Makes the bytes of a file durable. */
  void force(FileChannel file) throws IOException {
    file.force(true);
  }

  /** Makes the names in a directory durable. */
  void forceDirectory(Path directory) throws IOException {
    // Windows cannot open a directory. Names need no forcing there: NTFS journals them.
    if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /** Creates a hard link; fails if the name exists. */
  void link(Path existing, Path name) throws IOException {
    Files.createLink(name, existing);
  }

  /** Renames a file; the new name must not exist. */
  void rename(Path existing, Path name) throws IOException {
    Files.move(existing, name, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Creates a directory, which must not exist. */
  void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
    Files.createDirectory(directory, attributes);
  }

  /** Deletes a file if it exists. */
  void delete(Path name) throws IOException {
    Files.deleteIfExists(name);
  }
}
