package dev.whatsit.local;

import dev.whatsit.domain.settings.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/**
 * Provides the secret that signs callbacks if none is configured. It is generated once and kept in
 * the data folder, readable only by its owner.
 */
final class CallbackSecret {
  static final String SETTING = "CALLBACK_SECRETS";
  static final String FILE = "callback-secret";

  private static final int BYTES = 32;

  private CallbackSecret() {}

  /** Whether no secret is configured, so that the one in the data folder is used. */
  static boolean isOurs(Settings settings) {
    return settings.find(SETTING).isEmpty();
  }

  /** The file that holds the secret. */
  static Path file(Settings settings) {
    return settings
        .path("WHATSIT_DATA", Path.of("data"))
        .toAbsolutePath()
        .normalize()
        .resolve(FILE);
  }

  /**
   * Returns the values with a secret, which is generated if the data folder has none.
   *
   * @param settings the user's settings, which name the data folder
   */
  static Map<String, String> in(Map<String, String> values, Settings settings) {
    if (!isOurs(settings)) {
      return values;
    }
    Path file = file(settings);
    Map<String, String> all = new HashMap<>(values);
    String fresh = fresh();
    try {
      all.put(SETTING, kept(file, fresh));
    } catch (IOException e) {
      if (!Files.isDirectory(file.resolveSibling("."))) {
        // The platform reports what is wrong with the folder, and the start fails.
        all.put(SETTING, fresh);
        return all;
      }
      throw settings.refusal(
          SETTING, "is not set, and none can be kept in " + file + " (" + e + ")");
    }
    return all;
  }

  private static String fresh() {
    byte[] bytes = new byte[BYTES];
    new SecureRandom().nextBytes(bytes);
    return "whsec_" + Base64.getEncoder().encodeToString(bytes);
  }

  private static String kept(Path file, String secret) throws IOException {
    boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] ownerOnly =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    Files.createDirectories(file.resolveSibling("."));
    try {
      Files.createFile(file, ownerOnly);
      Files.writeString(file, secret + "\n", StandardCharsets.US_ASCII);
      return secret;
    } catch (FileAlreadyExistsException e) {
      return Files.readString(file, StandardCharsets.US_ASCII).strip();
    }
  }
}
