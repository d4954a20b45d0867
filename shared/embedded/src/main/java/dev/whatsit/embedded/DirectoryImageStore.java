package dev.whatsit.embedded;

import dev.whatsit.domain.failure.LimitReached;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.failure.UsageLimit;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageStore;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Stores each image, or in another folder each thumbnail, in a file named by its hash, in 256
 * directories named by the first two hex digits, each created for its first file. A path consists
 * only of the validated hash. Thread-safe.
 *
 * <p>Durability: a write forces the bytes before they appear under their name. It forces the
 * directory before it returns, whether it stored the file or found it. A deletion forces the
 * directory before it returns. So a power failure never undoes a call that has returned, and never
 * leaves a partial file.
 */
final class DirectoryImageStore implements ImageStore {
  private static final Duration MAX_AGE_OF_SUM = Duration.ofMinutes(5);

  private final Path folder;
  private final UsageLimit limit;
  private final DurableFiles files;
  private final HmacLinks links;

  /**
   * A store in an existing folder.
   *
   * @param folder the names in it must be durable already
   * @param limit limits the bytes in the folder
   */
  DirectoryImageStore(Path folder, UsageLimit limit, DurableFiles files, HmacLinks links) {
    this.folder = folder;
    this.limit = limit;
    this.files = files;
    this.links = links;
  }

  /**
   * Limits the bytes of the files in a folder. They are added up by looking at every file, seldom,
   * because what is stored is added to that sum.
   *
   * @param maxBytes 0 for no limit
   */
  static UsageLimit limit(Path folder, long maxBytes, InstantSource clock) {
    return new UsageLimit(
        LimitReached.Kind.STORAGE, maxBytes, MAX_AGE_OF_SUM, () -> bytesIn(folder), clock);
  }

  private static long bytesIn(Path folder) {
    try (Stream<Path> files =
        Files.find(folder, 2, (path, attributes) -> attributes.isRegularFile())) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException | UncheckedIOException e) {
      throw new TransientFailure("image store: cannot add up the bytes of " + folder, e);
    }
  }

  @Override
  public Put putIfAbsent(ImageDescription description, ImageBytes content) {
    Path file = fileOf(description.hash());
    try {
      // An image that is there needs no room, but it may not be durable yet.
      if (Files.exists(file)) {
        return create(file, content);
      }
      try (UsageLimit.Grant room = limit.grant(content.size())) {
        Put put = create(file, content);
        if (put == Put.STORED) {
          room.use();
        }
        return put;
      }
    } catch (IOException e) {
      throw failed("store image " + description.hash(), e);
    }
  }

  private Put create(Path file, ImageBytes content) throws IOException {
    return files.createOnce(file, content.buffers()) ? Put.STORED : Put.ALREADY_THERE;
  }

  @Override
  public Optional<InputStream> open(ImageHash hash) {
    Path file = fileOf(hash);
    if (Files.notExists(file)) {
      return Optional.empty();
    }
    try {
      // Not Files.newInputStream: it reads through direct buffers of the requested size and keeps
      // them for the thread.
      return Optional.of(new FileInputStream(file.toFile()));
    } catch (FileNotFoundException e) {
      if (Files.notExists(file)) {
        // It was deleted since.
        return Optional.empty();
      }
      throw failed("open image " + hash, e);
    }
  }

  @Override
  public void delete(ImageHash hash) {
    try {
      files.delete(fileOf(hash));
    } catch (IOException e) {
      throw failed("delete image " + hash, e);
    }
  }

  @Override
  public URI link(ImageDescription description, Instant now) {
    return links.sign(description, now);
  }

  @Override
  public Instant linkExpiry(Instant now) {
    return links.expiry(now);
  }

  @Override
  public void check() {
    if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw new TransientFailure(
          "image store: " + folder + " cannot be written to; check that it exists and its owner");
    }
    try {
      files.probe();
    } catch (IOException e) {
      throw failed("write to " + folder, e);
    }
  }

  private Path fileOf(ImageHash hash) {
    return folder.resolve(hash.hex().substring(0, 2)).resolve(hash.hex());
  }

  private static TransientFailure failed(String action, IOException cause) {
    return new TransientFailure("image store: cannot " + action + ": " + cause, cause);
  }
}
