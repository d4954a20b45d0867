package dev.whatsit.embedded;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageStore;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps each image, or in another folder each thumbnail, in a file named by its hash, in one of 256
 * directories named by the hash's first two digits. A path is made of nothing but the validated
 * hash.
 *
 * <p>One level, each directory made for its first image: with two levels, nearly each of the first
 * 65,536 images would have to force one more directory. Safe for use by several threads and
 * processes.
 */
final class DirectoryImageStore implements ImageStore {
  private final Path folder;
  private final DurableFiles files;
  private final FileAttribute<?>[] ownerOnly;

  /** The directories that a power failure cannot take away any more. */
  private final Set<Path> durable = ConcurrentHashMap.newKeySet();

  private DirectoryImageStore(Path folder, DurableFiles files, FileAttribute<?>[] ownerOnly) {
    this.folder = folder;
    this.files = files;
    this.ownerOnly = ownerOnly;
  }

  /**
   * Opens the store.
   *
   * @param folder an existing directory
   */
  static DirectoryImageStore open(Path folder, DurableFiles files) throws IOException {
    DirectoryImageStore store =
        new DirectoryImageStore(folder, files, DurableFiles.ownerOnly(folder, "rwx------"));
    try (var parts = Files.newDirectoryStream(folder)) {
      parts.forEach(store.durable::add);
    }
    DurableFiles.force(folder);
    return store;
  }

  @Override
  public Put putIfAbsent(ImageDescription description, ImageBytes content) {
    ImageHash hash = description.hash();
    try {
      makeDurable(partOf(hash));
      return files.createOnce(fileOf(hash), content.buffers()) ? Put.STORED : Put.ALREADY_THERE;
    } catch (IOException e) {
      throw failed("store image " + hash, e);
    }
  }

  @Override
  public Optional<InputStream> open(ImageHash hash) {
    Path file = fileOf(hash);
    try {
      return Optional.of(stream(file));
    } catch (FileNotFoundException e) {
      if (Files.notExists(file)) {
        return Optional.empty();
      }
    }
    // It cannot be read, or has appeared since; once there, it stays.
    try {
      return Optional.of(stream(file));
    } catch (FileNotFoundException e) {
      throw failed("open image " + hash, e);
    }
  }

  private static InputStream stream(Path file) throws FileNotFoundException {
    // Not Files.newInputStream, which reads through direct buffers as large as what is asked for
    // and keeps them for the thread.
    return new FileInputStream(file.toFile());
  }

  @Override
  public void checkReachable() {
    if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw new TransientFailure(
          "image store: "
              + folder
              + " cannot be written to; check that it is there and whose it is");
    }
  }

  private void makeDurable(Path part) throws IOException {
    if (durable.contains(part)) {
      return;
    }
    try {
      Files.createDirectory(part, ownerOnly);
    } catch (FileAlreadyExistsException e) {
      // Another thread or process came first. Were it no directory, the write will say so.
    }
    DurableFiles.force(folder);
    durable.add(part);
  }

  private Path fileOf(ImageHash hash) {
    return partOf(hash).resolve(hash.hex());
  }

  private Path partOf(ImageHash hash) {
    return folder.resolve(hash.hex().substring(0, 2));
  }

  private static TransientFailure failed(String action, IOException cause) {
    return new TransientFailure("image store: cannot " + action + ": " + cause, cause);
  }
}
