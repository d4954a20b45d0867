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

/** What {@link DurableFiles} does to the file system, whose order a test records. Thread-safe. */
class FileOperations {
  /** Creates a file that is not there, for writing. */
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
    // Windows opens no directory and needs no forcing of names: NTFS journals them.
    if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /** Gives a file one more name, unless the name is taken. */
  void link(Path existing, Path name) throws IOException {
    Files.createLink(name, existing);
  }

  /** Gives a file another name, which must not be taken. */
  void rename(Path existing, Path name) throws IOException {
    Files.move(existing, name, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Makes a directory that is not there. */
  void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
    Files.createDirectory(directory, attributes);
  }

  /** Takes a name away, where it is there. */
  void delete(Path name) throws IOException {
    Files.deleteIfExists(name);
  }
}
