package dev.whatsit.pubsub;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.settings.Settings;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The part of the backend {@code google} that publishes messages to Cloud Pub/Sub. It schedules
 * messages with Cloud Tasks if google-cloud-tasks is on the class path and a queue is set.
 *
 * <p>Settings: {@code GOOGLE_CLOUD_PROJECT}; {@code WORK_TOPIC}, {@code RESULTS_TOPIC}, {@code
 * FETCH_TOPIC} and {@code DEAD_LETTER_TOPIC}, ids of topics of that project, required only for the
 * topics that are published to; {@code PUBSUB_EMULATOR_HOST} for Google's emulator. For scheduling
 * {@code SCHEDULE_QUEUE} (full name of the queue), {@code SCHEDULE_ACCOUNT} (e-mail address of the
 * service account that publishes) and {@code CLOUD_TASKS_EMULATOR_HOST} for an emulator.
 *
 * <p>Clients are built by the first call that needs them. Callers with the same settings share a
 * connection. Thread-safe.
 */
public final class PubSubBackend implements Backend, AutoCloseable {
  private static final String TASKS_CLIENT = "com.google.cloud.tasks.v2.CloudTasksClient";

  private final Map<Opened, PubSubMessageQueue> open = new HashMap<>();

  /** Opens nothing yet. */
  public PubSubBackend() {}

  private record Opened(PubSubSettings settings, @Nullable TasksSettings tasks) {}

  @Override
  public String name() {
    return "google";
  }

  @Override
  public synchronized Optional<MessageQueue> messages(Settings settings, Set<Topic> topics) {
    Opened wanted =
        new Opened(
            PubSubSettings.read(settings, topics),
            canSchedule() ? TasksSettings.read(settings).orElse(null) : null);
    settings.verify();
    return Optional.of(
        open.computeIfAbsent(
            wanted,
            opened ->
                new PubSubMessageQueue(
                    opened.settings(),
                    opened.tasks() == null
                        ? null
                        : new TaskScheduler(opened.tasks(), TaskScheduler.MAX_CALL),
                    PubSubMessageQueue.MAX_CALL)));
  }

  /** The dependency is optional: functions that schedule nothing are smaller without it. */
  private static boolean canSchedule() {
    try {
      Class.forName(TASKS_CLIENT, false, PubSubBackend.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /** Closes all clients. Running calls fail. */
  @Override
  public synchronized void close() {
    open.values().forEach(PubSubMessageQueue::close);
    open.clear();
  }
}
