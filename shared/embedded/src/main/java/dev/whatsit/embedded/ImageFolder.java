package dev.whatsit.embedded;

import dev.whatsit.domain.image.ImageHash;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stores files named by hashes, in 256 directories named by the first two hex digits of the hash. A
 * path consists only of the validated hash.
 *
 * <p>There is one level of directories, each created for its first file. With two levels, nearly
 * every one of the first 65,536 files would force one more directory. Thread-safe, and safe across
 * processes.
 */
final class ImageFolder {
  private final Path folder;
  private final DurableFiles files;

  /** The directories that are already durable. */
  private final Set<Path> durable = ConcurrentHashMap.newKeySet();

  private ImageFolder(Path folder, DurableFiles files) {
    this.folder = folder;
    this.files = files;
  }

  /**
   * Opens the folder.
   *
   * @param folder an existing directory
   */
  static ImageFolder open(Path folder, DurableFiles files) throws IOException {
    ImageFolder opened = new ImageFolder(folder, files);
    try (var parts = Files.newDirectoryStream(folder)) {
      parts.forEach(opened.durable::add);
    }
    DurableFiles.force(folder);
    return opened;
  }

  Path path() {
    return folder;
  }

  /** Writes a file unless it exists; false when it existed. */
  boolean create(ImageHash hash, List<ByteBuffer> content) throws IOException {
    Path part = partOf(hash);
    if (!durable.contains(part)) {
      files.createDirectory(part);
      durable.add(part);
    }
    return files.createOnce(fileOf(hash), content);
  }

  /** Opens a file; empty when it does not exist. */
  Optional<InputStream> open(ImageHash hash) throws IOException {
    // Not Files.newInputStream: it reads through direct buffers of the requested size and keeps
    // them for the thread.
    Path file = fileOf(hash);
    try {
      return Optional.of(new FileInputStream(file.toFile()));
    } catch (FileNotFoundException e) {
      if (Files.notExists(file)) {
        return Optional.empty();
      }
    }
    // The file cannot be read, or it has appeared since.
    return Optional.of(new FileInputStream(file.toFile()));
  }

  /** Deletes a file if it exists. */
  void delete(ImageHash hash) throws IOException {
    files.delete(fileOf(hash));
  }

  private Path fileOf(ImageHash hash) {
    return partOf(hash).resolve(hash.hex());
  }

  private Path partOf(ImageHash hash) {
    return folder.resolve(hash.hex().substring(0, 2));
  }
}
