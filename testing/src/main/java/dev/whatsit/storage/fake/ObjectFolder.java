package dev.whatsit.storage.fake;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Stores the objects of one bucket in a directory: the bytes of every generation in their own file,
 * and a file that names the live generation. Thread-safe within one process.
 */
final class ObjectFolder {
  private static final String METADATA = ".json";

  private final Path folder;
  private long lastGeneration;

  private ObjectFolder(Path folder) {
    this.folder = folder;
  }

  /** Opens the directory of a bucket; creates it if missing. */
  static ObjectFolder open(Path folder) throws IOException {
    return new ObjectFolder(Files.createDirectories(folder));
  }

  /** The live object of this name. */
  Optional<StoredObject> find(String name) throws IOException {
    try {
      return Optional.of(read(folder.resolve(key(name) + METADATA)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** The bytes of a generation. */
  byte[] bytes(StoredObject object) throws IOException {
    return Files.readAllBytes(fileOf(object));
  }

  /** All live objects with the name prefix, ordered by name. */
  List<StoredObject> list(String prefix) throws IOException {
    List<StoredObject> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(METADATA)).toList()) {
        StoredObject object = read(file);
        if (object.name().startsWith(prefix)) {
          found.add(object);
        }
      }
    }
    found.sort(Comparator.comparing(StoredObject::name));
    return found;
  }

  /**
   * Stores an object as the live generation.
   *
   * @param expectedGeneration the generation that must be live, 0 for none, negative for any
   * @param nowMicros the minimum of new generations
   * @return the object, or empty when another generation is live than was expected
   */
  synchronized Optional<StoredObject> create(
      StoredObject draft, byte[] content, long expectedGeneration, long nowMicros)
      throws IOException {
    Optional<StoredObject> live = find(draft.name());
    if (expectedGeneration >= 0
        && live.map(StoredObject::generation).orElse(0L) != expectedGeneration) {
      return Optional.empty();
    }
    lastGeneration =
        Math.max(nowMicros, Math.max(lastGeneration, live.map(StoredObject::generation).orElse(0L)))
            + 1;
    StoredObject object =
        new StoredObject(
            draft.bucket(),
            draft.name(),
            lastGeneration,
            draft.contentType(),
            draft.cacheControl(),
            content.length,
            crc32c(content));
    replace(fileOf(object), content);
    replace(
        folder.resolve(key(object.name()) + METADATA),
        object.toJson().toString().getBytes(StandardCharsets.UTF_8));
    return Optional.of(object);
  }

  /** Deletes an object; false when there was none. */
  synchronized boolean delete(String name) throws IOException {
    return Files.deleteIfExists(folder.resolve(key(name) + METADATA));
  }

  /** The checksum in the format of the API. */
  static String crc32c(byte[] content) {
    CRC32C checksum = new CRC32C();
    checksum.update(content);
    byte[] bytes = ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array();
    return Base64.getEncoder().encodeToString(bytes);
  }

  private void replace(Path file, byte[] content) throws IOException {
    Path temporary = Files.createTempFile(folder, "upload", ".part");
    Files.write(temporary, content);
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private Path fileOf(StoredObject object) {
    return folder.resolve(key(object.name()) + "-" + object.generation());
  }

  private static StoredObject read(Path file) throws IOException {
    JsonObject json =
        JsonParser.parseString(Files.readString(file, StandardCharsets.UTF_8)).getAsJsonObject();
    return StoredObject.ofJson(json);
  }

  /** A file name for any object name. */
  private static String key(String name) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(name.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java platform lacks SHA-256", e);
    }
  }
}
