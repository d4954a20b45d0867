package dev.whatsit.http;

import dev.whatsit.domain.settings.Settings;
import java.time.Duration;

/** How long a body that a client sends may take to arrive. */
public final class UploadTime {
  private static final Duration MIN = Duration.ofSeconds(1);
  private static final Duration DEFAULT = Duration.ofMinutes(1);
  private static final Duration MAX = Duration.ofHours(1);

  private UploadTime() {}

  /**
   * Reads {@code UPLOAD_SECONDS}: a second to an hour, a minute when it is not set. What is wrong
   * is noted in the settings.
   */
  public static Duration of(Settings settings) {
    return settings.seconds("UPLOAD_SECONDS", DEFAULT, MIN, MAX);
  }
}
