package dev.whatsit.grpc;

import dev.whatsit.domain.settings.Settings;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads settings that several of Google's services have in common. Problems are recorded. */
public final class GoogleSettings {
  /** Old projects have a domain before a colon. */
  private static final Pattern PROJECT_ID = Pattern.compile("[a-z0-9][a-z0-9.:-]{0,99}");

  private static final Pattern HOST_PORT = Pattern.compile("[^\\s/@]+:[0-9]{1,5}");

  private GoogleSettings() {}

  /** The id of the project, {@code GOOGLE_CLOUD_PROJECT}. */
  public static String project(Settings settings) {
    return required(
        settings, "GOOGLE_CLOUD_PROJECT", PROJECT_ID, "the id of a Google Cloud project");
  }

  /** {@code host:port} of an emulator, or null for the real service. */
  public static @Nullable String emulator(Settings settings, String name) {
    return settings.find(name).isEmpty()
        ? null
        : required(settings, name, HOST_PORT, "like 127.0.0.1:8080");
  }

  /**
   * A setting without a default.
   *
   * @param rule completes the message "must be …"
   */
  public static String required(Settings settings, String name, Pattern format, String rule) {
    String value = settings.text(name, "");
    if (!format.matcher(value).matches()) {
      settings.reject(name, (value.isEmpty() ? "is not set" : "is " + value) + ", must be " + rule);
    }
    return value;
  }
}
