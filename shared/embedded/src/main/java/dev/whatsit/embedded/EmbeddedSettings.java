package dev.whatsit.embedded;

import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * The settings of this backend.
 *
 * @param data the data folder
 * @param maxStoredBytes the bytes of images from which on no more are stored, 0 for no limit
 * @param linkLifetime how long a link is valid
 * @param linkPrefix what precedes {@code /v1} in links, without a slash at its end, or empty
 */
record EmbeddedSettings(Path data, long maxStoredBytes, Duration linkLifetime, String linkPrefix) {
  static final String DATA = "WHATSIT_DATA";
  static final String MAX_STORED_BYTES = "MAX_STORED_BYTES";
  static final String LINK_LIFETIME = "LINK_LIFETIME_SECONDS";
  static final String PUBLIC_URL = "PUBLIC_URL";

  /**
   * Reads the settings.
   *
   * @throws InvalidSettings naming every wrong setting, including those found before this call
   */
  static EmbeddedSettings read(Settings settings) {
    Path data = settings.path(DATA, Path.of("data"));
    if (data.toString().contains("?")) {
      // The JDBC driver parses what follows as its own parameters.
      settings.reject(DATA, "is " + data + ", must not contain a question mark");
    }
    long maxStoredBytes = settings.integer(MAX_STORED_BYTES, 0, 0, Long.MAX_VALUE);
    Duration lifetime =
        settings.seconds(
            LINK_LIFETIME, Duration.ofHours(1), Duration.ofMinutes(1), Duration.ofDays(7));
    Optional<String> url = settings.find(PUBLIC_URL);
    if (url.isPresent() && !isPublicUrl(url.get())) {
      settings.reject(
          PUBLIC_URL,
          "is " + url.get() + ", must be like https://host or https://host/path, without a query");
    }
    settings.verify();
    return new EmbeddedSettings(data, maxStoredBytes, lifetime, withoutSlash(url.orElse("")));
  }

  private static boolean isPublicUrl(String url) {
    try {
      URI uri = URI.create(url);
      String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      return (scheme.equals("http") || scheme.equals("https"))
          && uri.getHost() != null
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String withoutSlash(String url) {
    return url.endsWith("/") ? withoutSlash(url.substring(0, url.length() - 1)) : url;
  }
}
