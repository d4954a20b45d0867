package dev.whatsit.pubsub;

import dev.whatsit.domain.settings.Settings;
import dev.whatsit.grpc.GoogleSettings;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings of scheduling with Cloud Tasks.
 *
 * @param queue the full name of the queue, {@code projects/…/locations/…/queues/…}
 * @param account the e-mail address of the service account that publishes
 * @param emulator {@code host:port} of an emulator, or null for the real service
 */
record TasksSettings(String queue, String account, @Nullable String emulator) {
  private static final String QUEUE = "SCHEDULE_QUEUE";
  private static final String EMULATOR = "CLOUD_TASKS_EMULATOR_HOST";

  /** Format: reference of {@code projects.locations.queues}. */
  private static final Pattern QUEUE_NAME =
      Pattern.compile("projects/[a-z0-9.:-]+/locations/[a-z0-9-]+/queues/[A-Za-z0-9-]{1,100}");

  private static final Pattern EMAIL = Pattern.compile("[^\\s@/]+@[^\\s@/]+");
  private static final Pattern HOST_PORT = Pattern.compile("(http://)?[^\\s/@]+:[0-9]{1,5}");

  /**
   * Reads the settings and records errors in them.
   *
   * @return empty when no queue is set: scheduling is off
   */
  static Optional<TasksSettings> read(Settings settings) {
    if (settings.find(QUEUE).isEmpty()) {
      return Optional.empty();
    }
    String queue =
        GoogleSettings.required(
            settings,
            QUEUE,
            QUEUE_NAME,
            "the full name of a queue, projects/P/locations/L/queues/Q");
    String account =
        GoogleSettings.required(
            settings,
            "SCHEDULE_ACCOUNT",
            EMAIL,
            "the e-mail address of the service account that publishes what is due");
    String emulator = null;
    if (settings.find(EMULATOR).isPresent()) {
      emulator =
          GoogleSettings.required(settings, EMULATOR, HOST_PORT, "like 127.0.0.1:8123")
              .replace("http://", "");
    }
    return Optional.of(new TasksSettings(queue, account, emulator));
  }
}
