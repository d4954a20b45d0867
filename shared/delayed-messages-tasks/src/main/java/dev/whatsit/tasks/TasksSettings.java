package dev.whatsit.tasks;

import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What this backend reads of the settings.
 *
 * @param queue the full name of the queue, {@code projects/…/locations/…/queues/…}
 * @param account the e-mail address of the service account that publishes
 * @param topics the full name of each topic that a setting names
 * @param emulator {@code host:port} of an emulator, or null for the real service
 */
record TasksSettings(
    String queue, String account, Map<Topic, String> topics, @Nullable String emulator) {
  static final String QUEUE = "SCHEDULE_QUEUE";
  static final String ACCOUNT = "SCHEDULE_ACCOUNT";
  static final String PROJECT = "GOOGLE_CLOUD_PROJECT";
  static final String EMULATOR = "CLOUD_TASKS_EMULATOR_HOST";

  /** As the reference of {@code projects.locations.queues} has it. */
  private static final Pattern QUEUE_NAME =
      Pattern.compile("projects/[a-z0-9.:-]+/locations/[a-z0-9-]+/queues/[A-Za-z0-9-]{1,100}");

  private static final Pattern EMAIL = Pattern.compile("[^\\s@/]+@[^\\s@/]+");
  private static final Pattern HOST_PORT = Pattern.compile("[^\\s/@]+:[0-9]{1,5}");

  /** Takes a copy of the map. */
  TasksSettings {
    topics = Map.copyOf(topics);
  }

  /**
   * Reads them.
   *
   * @return empty when no queue is named: nothing is put off here then
   * @throws InvalidSettings naming every wrong or missing setting, those included that others found
   *     before
   */
  static Optional<TasksSettings> read(Settings settings) {
    Optional<String> queue = settings.find(QUEUE);
    if (queue.isEmpty()) {
      return Optional.empty();
    }
    if (!QUEUE_NAME.matcher(queue.get()).matches()) {
      settings.reject(
          QUEUE,
          "is "
              + queue.get()
              + ", must be the full name of a queue, projects/P/locations/L/queues/Q");
    }
    String account = settings.text(ACCOUNT, "");
    if (!EMAIL.matcher(account).matches()) {
      settings.reject(
          ACCOUNT,
          (account.isEmpty() ? "is not set" : "is " + account)
              + ", must be the e-mail address of the service account that publishes what is due");
    }
    String project = settings.text(PROJECT, "");
    if (project.isEmpty()) {
      settings.reject(PROJECT, "is not set, must be the id of a Google Cloud project");
    }
    Map<Topic, String> topics = new EnumMap<>(Topic.class);
    for (Topic topic : Topic.values()) {
      settings
          .find(topic.setting())
          .ifPresent(id -> topics.put(topic, "projects/" + project + "/topics/" + id));
    }
    Optional<String> emulator = settings.find(EMULATOR);
    if (emulator.isPresent() && !HOST_PORT.matcher(emulator.get()).matches()) {
      settings.reject(EMULATOR, "is " + emulator.get() + ", must be like 127.0.0.1:8123");
    }
    settings.verify();
    return Optional.of(new TasksSettings(queue.get(), account, topics, emulator.orElse(null)));
  }
}
