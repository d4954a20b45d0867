package dev.whatsit.embedded;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.image.SignedLink;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * Stores each image, or in another folder each thumbnail, in a file named by its hash. Thread-safe,
 * and safe across processes.
 *
 * <p>Durability: a write forces the bytes before they appear under their name. It forces the
 * directory before it returns, whether it stored the file or found it. The first write into one of
 * the 256 directories has forced the name of that directory before. A deletion forces the directory
 * before it returns. So a power failure never undoes a call that has returned, and never leaves a
 * partial file.
 */
final class DirectoryImageStore implements ImageStore {
  private final ImageFolder folder;
  private final HmacLinks links;

  DirectoryImageStore(ImageFolder folder, HmacLinks links) {
    this.folder = folder;
    this.links = links;
  }

  @Override
  public Put putIfAbsent(ImageDescription description, ImageBytes content) {
    try {
      return folder.create(description.hash(), content.buffers()) ? Put.STORED : Put.ALREADY_THERE;
    } catch (IOException e) {
      throw failed("store image " + description.hash(), e);
    }
  }

  @Override
  public Optional<InputStream> open(ImageHash hash) {
    try {
      return folder.open(hash);
    } catch (IOException e) {
      throw failed("open image " + hash, e);
    }
  }

  @Override
  public void delete(ImageHash hash) {
    try {
      folder.delete(hash);
    } catch (IOException e) {
      throw failed("delete image " + hash, e);
    }
  }

  @Override
  public SignedLink link(ImageDescription description, Instant now) {
    return links.sign(description, now);
  }

  @Override
  public void check() {
    Path path = folder.path();
    if (!Files.isDirectory(path) || !Files.isWritable(path)) {
      throw new TransientFailure(
          "image store: " + path + " cannot be written to; check that it is there and whose it is");
    }
  }

  private static TransientFailure failed(String action, IOException cause) {
    return new TransientFailure("image store: cannot " + action + ": " + cause, cause);
  }
}
