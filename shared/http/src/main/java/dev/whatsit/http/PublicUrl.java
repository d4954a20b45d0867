package dev.whatsit.http;

import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.settings.Settings;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;

/**
 * The base URL under which clients reach the service. Without {@code PUBLIC_URL}, URLs are
 * relative.
 *
 * @param prefix without a slash at the end; empty when {@code PUBLIC_URL} is not set
 */
public record PublicUrl(String prefix) {
  /** The name of the setting. */
  public static final String SETTING = "PUBLIC_URL";

  /** Reads the setting: an absolute http or https URL without query or fragment. */
  public static PublicUrl of(Settings settings) {
    Optional<String> value = settings.find(SETTING);
    if (value.isEmpty()) {
      return new PublicUrl("");
    }
    try {
      URI uri = URI.create(value.get());
      boolean http =
          "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
      if (http
          && uri.getHost() != null
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null) {
        return new PublicUrl(value.get().replaceAll("/+$", ""));
      }
    } catch (IllegalArgumentException e) {
      // Rejected below, like a URL that is not http or https.
    }
    settings.reject(
        SETTING,
        "is " + value.get() + ", must be like https://host or https://host/path, without a query");
    return new PublicUrl("");
  }

  /**
   * 202: the work is not final; {@code Location} and {@code Retry-After} say where and when to ask
   * for its result. Here, so that functions without this setting do not reach it.
   */
  public ApiResponse accepted(ImageRecord record, Instant now) {
    return ApiResponse.json(202, ImageResource.of(record))
        .with("Location", ofImage(record.hash()))
        .with("Retry-After", ImageResource.retryAfterSeconds(record, now));
  }

  /** The URL of an image's resource. */
  public String ofImage(ImageHash hash) {
    return prefix + "/v1/images/" + hash;
  }

  /** The URL of a batch. */
  public String ofBatch(BatchId id) {
    return prefix + "/v1/batches/" + id;
  }
}
