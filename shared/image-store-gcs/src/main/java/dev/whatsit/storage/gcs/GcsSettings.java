package dev.whatsit.storage.gcs;

import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.net.URI;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings of this backend.
 *
 * @param bucket the bucket that holds the images
 * @param emulator the address of a development server, without a path; null for the real service
 * @param deadline the deadline of one call of a port, all attempts together
 * @param linkLifetime how long a link is valid
 * @param linkAccount e-mail address of the service account that signs links; null for the one that
 *     the function runs as
 */
record GcsSettings(
    String bucket,
    @Nullable URI emulator,
    Duration deadline,
    Duration linkLifetime,
    @Nullable String linkAccount) {
  static final String BUCKET = "IMAGE_BUCKET";
  static final String EMULATOR = "STORAGE_EMULATOR_HOST";
  static final String DEADLINE = "STORAGE_DEADLINE_SECONDS";
  static final String LINK_LIFETIME = "LINK_LIFETIME_SECONDS";
  static final String LINK_ACCOUNT = "LINK_SERVICE_ACCOUNT";

  /** cloud.google.com/storage/docs/buckets#naming, except for the rules on dots in domain names. */
  private static final Pattern BUCKET_NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]");

  private static final Pattern ACCOUNT = Pattern.compile("[^@/:\\s]+@[^@/:\\s]+");

  /**
   * Reads the settings.
   *
   * @throws InvalidSettings naming every wrong setting, including those found before this call
   */
  static GcsSettings read(Settings settings) {
    String bucket = settings.text(BUCKET, "");
    if (bucket.isEmpty()) {
      settings.reject(BUCKET, "is not set, must name the bucket that holds the images");
    } else if (!BUCKET_NAME.matcher(bucket).matches()) {
      settings.reject(BUCKET, "is " + bucket + ", must be a bucket's name without gs://");
    }
    String host = settings.find(EMULATOR).orElse(null);
    URI emulator = host == null ? null : emulator(host);
    if (host != null && emulator == null) {
      settings.reject(EMULATOR, "is " + host + ", must be like 127.0.0.1:4443 or http://host:4443");
    }
    Duration deadline =
        settings.seconds(
            DEADLINE, Duration.ofSeconds(20), Duration.ofSeconds(1), Duration.ofMinutes(5));
    Duration lifetime =
        settings.seconds(
            LINK_LIFETIME, Duration.ofHours(1), Duration.ofMinutes(1), Duration.ofDays(7));
    String account = settings.find(LINK_ACCOUNT).orElse(null);
    if (account != null && !ACCOUNT.matcher(account).matches()) {
      settings.reject(
          LINK_ACCOUNT, "is " + account + ", must be a service account's e-mail address");
    }
    settings.verify();
    return new GcsSettings(bucket, emulator, deadline, lifetime, account);
  }

  private static @Nullable URI emulator(String host) {
    try {
      URI uri = URI.create(host.contains("://") ? host : "http://" + host);
      String path = uri.getRawPath();
      boolean usable =
          ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
              && uri.getHost() != null
              && uri.getRawUserInfo() == null
              && uri.getRawQuery() == null
              && uri.getRawFragment() == null
              && (path.isEmpty() || path.equals("/"));
      return usable ? URI.create(uri.getScheme() + "://" + uri.getRawAuthority()) : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
