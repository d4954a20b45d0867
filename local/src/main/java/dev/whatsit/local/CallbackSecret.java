package dev.whatsit.local;

import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.SecretFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  /** Standard Webhooks writes secrets in this way. */
  private static final String PREFIX = "whsec_";

  private static final int BYTES = 32;

  private CallbackSecret() {}

  /** Whether no secret is configured, so that the one in the data folder is used. */
  static boolean isGenerated(Settings settings) {
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
   * @param settings the user's settings, which name the data folder; a secret that cannot be read
   *     or kept is noted in them
   */
  static Map<String, String> in(Map<String, String> values, Settings settings) {
    if (!isGenerated(settings)) {
      return values;
    }
    Path file = file(settings);
    Map<String, String> all = new HashMap<>(values);
    // A placeholder, so that validation goes on and reports every wrong setting once.
    all.put(SETTING, fresh());
    try {
      String kept = SecretFile.readOrCreate(file, fresh());
      if (kept.startsWith(PREFIX)) {
        all.put(SETTING, kept);
      } else {
        settings.reject(
            SETTING,
            "is not set, and "
                + file
                + " is "
                + (kept.isEmpty() ? "empty" : "damaged")
                + ": restore a copy of it, or remove it to get a new secret, which your receivers"
                + " must then be given");
      }
    } catch (IOException e) {
      // The platform reports an unusable folder itself.
      if (Files.isDirectory(file.resolveSibling("."))) {
        settings.reject(
            SETTING, "is not set, and no secret can be stored in " + file + " (" + e + ")");
      }
    }
    return all;
  }

  private static String fresh() {
    byte[] bytes = new byte[BYTES];
    new SecureRandom().nextBytes(bytes);
    return PREFIX + Base64.getEncoder().encodeToString(bytes);
  }
}
