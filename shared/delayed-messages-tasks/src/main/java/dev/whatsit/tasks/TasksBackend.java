package dev.whatsit.tasks;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.queue.DelayedMessages;
import dev.whatsit.domain.settings.Settings;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The part of the backend {@code google} that offers {@link DelayedMessages}, over Cloud Tasks, if
 * a queue is set.
 *
 * <p>Settings: {@code SCHEDULE_QUEUE} (full name of the queue), {@code SCHEDULE_ACCOUNT} (e-mail
 * address of the service account that publishes), {@code GOOGLE_CLOUD_PROJECT} and the settings of
 * topics, {@code WORK_TOPIC}; {@code CLOUD_TASKS_EMULATOR_HOST} for an emulator that speaks HTTP.
 * Nothing is connected to before the first message. Functions that are given the same object share
 * its connections. Safe for use by several threads.
 */
public final class TasksBackend implements Backend, AutoCloseable {
  private final Map<TasksSettings, CloudTasksMessages> open = new HashMap<>();

  /** With nothing open yet. */
  public TasksBackend() {}

  @Override
  public String name() {
    return "google";
  }

  @Override
  public <P> Optional<P> open(Class<P> port, Settings settings) {
    return port == DelayedMessages.class
        ? TasksSettings.read(settings).map(read -> port.cast(messages(read)))
        : Optional.empty();
  }

  private synchronized CloudTasksMessages messages(TasksSettings settings) {
    return open.computeIfAbsent(settings, CloudTasksMessages::of);
  }

  /** Closes what it opened, and ends calls under way. What was handed out no longer works. */
  @Override
  public synchronized void close() {
    open.values().forEach(CloudTasksMessages::close);
    open.clear();
  }
}
