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
 * The secret that callbacks are signed with where none is set: made once and kept in the data
 * folder, readable for its owner only.
 */
final class CallbackSecret {
  static final String SETTING = "CALLBACK_SECRETS";
  static final String FILE = "callback-secret";

  private static final int BYTES = 32;

  private CallbackSecret() {}

  /** Whether none is set, so that the one in the data folder is used. */
  static boolean isOurs(Settings settings) {
    return settings.find(SETTING).isEmpty();
  }

  /** The file that it is kept in. */
  static Path file(Settings settings) {
    return settings
        .path("WHATSIT_DATA", Path.of("data"))
        .toAbsolutePath()
        .normalize()
        .resolve(FILE);
  }

  /**
   * These settings with a secret.
   *
   * @param settings those of the user, which say where the data is
   */
  static Map<String, String> in(Map<String, String> values, Settings settings) {
    if (!isOurs(settings)) {
      return values;
    }
    Path file = file(settings);
    Map<String, String> all = new HashMap<>(values);
    try {
      all.put(SETTING, kept(file));
    } catch (IOException e) {
      throw settings.refusal(
          SETTING, "is not set, and none can be kept in " + file + " (" + e + ")");
    }
    return all;
  }

  private static String kept(Path file) throws IOException {
    byte[] fresh = new byte[BYTES];
    new SecureRandom().nextBytes(fresh);
    String secret = "whsec_" + Base64.getEncoder().encodeToString(fresh);
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
