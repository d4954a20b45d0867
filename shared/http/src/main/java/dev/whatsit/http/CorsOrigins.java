package dev.whatsit.http;

import dev.whatsit.domain.settings.Settings;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads the setting {@code CORS_ORIGINS}. A class of its own, so that functions that no browser
 * calls do not reach the setting.
 */
public final class CorsOrigins {
  /** The name of the setting. */
  public static final String SETTING = "CORS_ORIGINS";

  private CorsOrigins() {}

  /**
   * Reads the setting: origins separated by commas, none by default. A wrong one is noted in the
   * settings.
   *
   * @param publicUrl the public URL of this service, empty if there is none; its pages may write
   */
  public static WebOrigins of(Settings settings, String publicUrl) {
    Set<String> origins = new TreeSet<>();
    for (String text : settings.text(SETTING, "").split(",", -1)) {
      Optional<String> origin = WebOrigins.normal(text.strip());
      origin.ifPresent(origins::add);
      if (origin.isEmpty() && !text.isBlank()) {
        settings.reject(
            SETTING,
            "names "
                + text.strip()
                + ", must be origins like https://app.example.org, with commas between and without"
                + " a path");
      }
    }
    return WebOrigins.of(origins, publicUrl);
  }
}
