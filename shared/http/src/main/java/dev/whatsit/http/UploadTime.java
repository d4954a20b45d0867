package dev.whatsit.http;

import dev.whatsit.domain.settings.Settings;
import java.time.Duration;

/** The setting for the time in which a request's body must arrive. */
public final class UploadTime {
  private static final Duration MIN = Duration.ofSeconds(1);
  private static final Duration DEFAULT = Duration.ofMinutes(1);
  private static final Duration MAX = Duration.ofHours(1);

  private UploadTime() {}

  /**
   * Reads {@code UPLOAD_SECONDS}: 1 second to 1 hour, 1 minute when it is not set. A wrong value is
   * noted in the settings.
   */
  public static Duration of(Settings settings) {
    return settings.seconds("UPLOAD_SECONDS", DEFAULT, MIN, MAX);
  }
}
