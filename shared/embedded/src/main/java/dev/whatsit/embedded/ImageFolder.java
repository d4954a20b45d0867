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
 * Files named by hashes, in 256 directories named by the hashes' first two digits. A path is made
 * of nothing but the validated hash.
 *
 * <p>One level, each directory made for its first file: with two levels, nearly each of the first
 * 65,536 files would have to force one more directory. Thread-safe and
 * processes.
 */
final class ImageFolder {
  private final Path folder;
  private final DurableFiles files;

  /** The directories that a power failure cannot take away any more. */
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

  /** Writes a file unless there is one; false when there was. */
  boolean create(ImageHash hash, List<ByteBuffer> content) throws IOException {
    Path part = partOf(hash);
    if (!durable.contains(part)) {
      files.createDirectory(part);
      durable.add(part);
    }
    return files.createOnce(fileOf(hash), content);
  }

  /** Opens a file, or returns empty when there is none. */
  Optional<InputStream> open(ImageHash hash) throws IOException {
    // Not Files.newInputStream, which reads through direct buffers as large as what is asked for
    // and keeps them for the thread.
    Path file = fileOf(hash);
    try {
      return Optional.of(new FileInputStream(file.toFile()));
    } catch (FileNotFoundException e) {
      if (Files.notExists(file)) {
        return Optional.empty();
      }
    }
    // It cannot be read, or has appeared since.
    return Optional.of(new FileInputStream(file.toFile()));
  }

  /** Deletes a file, where there is one. */
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
