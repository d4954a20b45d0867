package dev.whatsit.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.queue.DelayedMessages;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.WorkQueue;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TasksBackendTest {
  private static final Map<String, String> GOOD =
      Map.of(
          "WHATSIT_BACKEND",
          "google",
          "GOOGLE_CLOUD_PROJECT",
          "p",
          "WORK_TOPIC",
          "work",
          "SCHEDULE_QUEUE",
          "projects/p/locations/europe-west1/queues/whatsit-later",
          "SCHEDULE_ACCOUNT",
          "whatsit-schedule@p.iam.gserviceaccount.com");

  @Test
  void open_good_offersItsPortAndNoOtherAndConnectsToNothing() {
    var backend = Backends.choose(Settings.of(GOOD));

    var messages = backend.open(DelayedMessages.class, Settings.of(GOOD));

    assertThat(messages).isPresent();
    assertThat(backend.open(DelayedMessages.class, Settings.of(GOOD))).isEqualTo(messages);
    assertThat(backend.open(WorkQueue.class, Settings.of(GOOD))).isEmpty();
    Backends.close(backend);
  }

  @Test
  void open_noQueue_offersNothingWhateverElseIsSet() {
    Map<String, String> settings = new HashMap<>(GOOD);
    settings.remove("SCHEDULE_QUEUE");
    settings.put("SCHEDULE_ACCOUNT", "nonsense");

    assertThat(new TasksBackend().open(DelayedMessages.class, Settings.of(settings))).isEmpty();
  }

  @Test
  void read_good_hasFullNames() {
    TasksSettings read = TasksSettings.read(Settings.of(GOOD)).orElseThrow();

    assertThat(read.topics()).isEqualTo(Map.of(Topic.WORK, "projects/p/topics/work"));
    assertThat(read.emulator()).isNull();
  }

  @Test
  void open_wrongSettings_namesEachOfThem() {
    Settings settings =
        Settings.of(
            Map.of(
                "SCHEDULE_QUEUE",
                "whatsit-later",
                "SCHEDULE_ACCOUNT",
                "nobody",
                "CLOUD_TASKS_EMULATOR_HOST",
                "http://there"));

    assertThatThrownBy(() -> new TasksBackend().open(DelayedMessages.class, settings))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("SCHEDULE_QUEUE is whatsit-later")
        .hasMessageContaining("SCHEDULE_ACCOUNT is nobody")
        .hasMessageContaining("GOOGLE_CLOUD_PROJECT is not set")
        .hasMessageContaining("CLOUD_TASKS_EMULATOR_HOST is http://there");
  }
}
