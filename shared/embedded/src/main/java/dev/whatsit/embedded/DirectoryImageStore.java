package dev.whatsit.embedded;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.thumbnail.ThumbnailStore;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Keeps each image, or in another folder each thumbnail, in a file named by its hash, in one of 256
 * directories named by the hash's first two digits. A path is made of nothing but the validated
 * hash.
 *
 * <p>One level, made in full when the store is opened: with directories made on the way, nearly
 * each of the first 65,536 images would have to force two more of them. Safe for use by several
 * threads and processes.
 */
final class DirectoryImageStore implements ThumbnailStore {
  private final Path folder;
  private final DurableFiles files;

  private DirectoryImageStore(Path folder, DurableFiles files) {
    this.folder = folder;
    this.files = files;
  }

  /**
   * Opens the store and makes its directories where they are missing.
   *
   * @param folder an existing directory
   */
  static DirectoryImageStore open(Path folder, DurableFiles files) throws IOException {
    var ownerOnly = DurableFiles.ownerOnly(folder, "rwx------");
    for (int i = 0; i < 256; i++) {
      Path part = folder.resolve(HexFormat.of().toHexDigits((byte) i));
      if (!Files.isDirectory(part)) {
        Files.createDirectories(part, ownerOnly);
      }
    }
    DurableFiles.force(folder);
    return new DirectoryImageStore(folder, files);
  }

  @Override
  public Put putIfAbsent(ImageDescription description, ImageBytes content) {
    ImageHash hash = description.hash();
    try {
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

  private Path fileOf(ImageHash hash) {
    return folder.resolve(hash.hex().substring(0, 2)).resolve(hash.hex());
  }

  private static TransientFailure failed(String action, IOException cause) {
    return new TransientFailure("image store: cannot " + action + ": " + cause, cause);
  }
}
