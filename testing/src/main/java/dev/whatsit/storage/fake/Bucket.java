package dev.whatsit.storage.fake;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * The objects of one bucket in a directory, one file each: a line with the metadata, then the
 * bytes. The file's name is the encoded name of the object. Thread-safe within one process.
 */
final class Bucket {
  private static final String TEMPORARY = ".part";

  /** An object: its metadata in the format of the JSON API, and its bytes. */
  static final class StoredObject {
    private final JsonObject metadata;
    private final byte[] content;

    StoredObject(JsonObject metadata, byte[] content) {
      this.metadata = metadata;
      this.content = content;
    }

    JsonObject metadata() {
      return metadata;
    }

    byte[] content() {
      return content;
    }

    /** A member of the metadata, or an empty text. */
    String get(String member) {
      return metadata.has(member) ? metadata.get(member).getAsString() : "";
    }

    long generation() {
      return metadata.get("generation").getAsLong();
    }
  }

  private final String name;
  private final Path folder;
  private long lastGeneration;

  /** Opens the directory of a bucket; creates it if missing. */
  Bucket(String name, Path folder) throws IOException {
    this.name = name;
    this.folder = Files.createDirectories(folder);
  }

  /** The object of this name. */
  Optional<StoredObject> find(String object) throws IOException {
    try {
      return Optional.of(read(file(object)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** The metadata of all objects with the name prefix, ordered by name. */
  List<JsonObject> list(String prefix) throws IOException {
    List<JsonObject> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> isObject(path, prefix)).toList()) {
        found.add(read(file).metadata());
      }
    }
    found.sort(Comparator.comparing(metadata -> metadata.get("name").getAsString()));
    return found;
  }

  /**
   * Stores an object.
   *
   * @param metadata as the client sent it
   * @param expectedGeneration the generation that must be stored, 0 for none, negative for any
   * @param nowMicros the minimum of new generations
   * @return the stored metadata, or empty when another generation is stored than was expected
   */
  synchronized Optional<JsonObject> put(
      String object, JsonObject metadata, byte[] content, long expectedGeneration, long nowMicros)
      throws IOException {
    long stored = find(object).map(StoredObject::generation).orElse(0L);
    if (expectedGeneration >= 0 && stored != expectedGeneration) {
      return Optional.empty();
    }
    lastGeneration = Math.max(nowMicros, Math.max(lastGeneration, stored)) + 1;
    JsonObject created = metadata.deepCopy();
    created.addProperty("kind", "storage#object");
    created.addProperty("bucket", name);
    created.addProperty("name", object);
    // The JSON API writes 64-bit numbers as texts.
    created.addProperty("generation", Long.toString(lastGeneration));
    created.addProperty("metageneration", "1");
    created.addProperty("size", Integer.toString(content.length));
    created.addProperty("crc32c", crc32c(content));
    byte[] line = (created + "\n").getBytes(StandardCharsets.UTF_8);
    Path temporary = Files.createTempFile(folder, "upload", TEMPORARY);
    Files.write(
        temporary,
        ByteBuffer.allocate(line.length + content.length).put(line).put(content).array());
    Files.move(temporary, file(object), StandardCopyOption.ATOMIC_MOVE);
    return Optional.of(created);
  }

  /** Deletes an object; false when there was none. */
  synchronized boolean delete(String object) throws IOException {
    return Files.deleteIfExists(file(object));
  }

  /** The checksum in the format of the API: base64, most significant byte first. */
  static String crc32c(byte[] content) {
    CRC32C checksum = new CRC32C();
    checksum.update(content);
    return Base64.getEncoder()
        .encodeToString(ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array());
  }

  private Path file(String object) {
    return folder.resolve(encoded(object));
  }

  private static String encoded(String object) {
    return "o-" + URLEncoder.encode(object, StandardCharsets.UTF_8);
  }

  private static boolean isObject(Path file, String prefix) {
    return file.getFileName().toString().startsWith(encoded(prefix));
  }

  private static StoredObject read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
    int end = 0;
    while (bytes.get(end) != '\n') {
      end++;
    }
    byte[] line = new byte[end];
    bytes.get(line).get();
    byte[] content = new byte[bytes.remaining()];
    bytes.get(content);
    return new StoredObject(
        JsonParser.parseString(new String(line, StandardCharsets.UTF_8)).getAsJsonObject(),
        content);
  }
}
