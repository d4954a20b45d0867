package dev.whatsit.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PubSubBackendTest {
  private static final Set<Topic> ALL = Set.of(Topic.values());
  private static final Map<String, String> GOOD =
      Map.of(
          "GOOGLE_CLOUD_PROJECT", "my-project",
          "WORK_TOPIC", "work",
          "RESULTS_TOPIC", "results",
          "FETCH_TOPIC", "fetches",
          "DEAD_LETTER_TOPIC", "dead-letters",
          "SCHEDULE_QUEUE", "projects/p/locations/europe-west1/queues/whatsit-later",
          "SCHEDULE_ACCOUNT", "whatsit-schedule@p.iam.gserviceaccount.com");

  @Test
  void messages_good_areTheSameForTheSameSettingsAndConnectToNothing() {
    Backend backend = Backends.choose(Settings.of(GOOD));
    MessageQueue queue = backend.messages(Settings.of(GOOD), ALL).orElseThrow();

    assertThat(backend.name()).isEqualTo("google");
    assertThat(backend.messages(Settings.of(GOOD), ALL)).containsSame(queue);
    assertThat(queue.schedules()).isTrue();
    assertThat(backend.images(Settings.of(Map.of()))).isEmpty();
    Backends.close(backend);
  }

  @Test
  void messages_noQueueForLater_schedulesNothingWhateverElseIsSet() {
    Map<String, String> settings = new HashMap<>(GOOD);
    settings.remove("SCHEDULE_QUEUE");
    settings.put("SCHEDULE_ACCOUNT", "nonsense");

    assertThat(open(settings, ALL).schedules()).isFalse();
  }

  @Test
  void messages_someTopics_needOnlyTheirSettings() {
    MessageQueue queue =
        open(
            Map.of("GOOGLE_CLOUD_PROJECT", "my-project", "RESULTS_TOPIC", "results"),
            Set.of(Topic.RESULTS));

    assertThat(queue.schedules()).isFalse();
  }

  @Test
  void messages_nothingSet_namesEverySetting() {
    Settings settings =
        Settings.of(
            Map.of(
                "PUBSUB_EMULATOR_HOST", "nowhere",
                "SCHEDULE_QUEUE", "whatsit-later",
                "SCHEDULE_ACCOUNT", "no-account",
                "CLOUD_TASKS_EMULATOR_HOST", "https://there"));

    assertThatThrownBy(() -> new PubSubBackend().messages(settings, ALL))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContainingAll(
            "GOOGLE_CLOUD_PROJECT is not set",
            "WORK_TOPIC is not set",
            "RESULTS_TOPIC is not set",
            "FETCH_TOPIC is not set",
            "DEAD_LETTER_TOPIC is not set",
            "PUBSUB_EMULATOR_HOST is nowhere",
            "SCHEDULE_QUEUE is whatsit-later",
            "SCHEDULE_ACCOUNT is no-account",
            "CLOUD_TASKS_EMULATOR_HOST is https://there");
  }

  @ParameterizedTest
  @CsvSource({
    "GOOGLE_CLOUD_PROJECT,projects/x",
    "GOOGLE_CLOUD_PROJECT,My Project",
    "WORK_TOPIC,projects/my-project/topics/work",
    "WORK_TOPIC,ab",
    "RESULTS_TOPIC,1work",
    "FETCH_TOPIC,google-work",
    "DEAD_LETTER_TOPIC,work",
    "DEAD_LETTER_TOPIC,fetches",
    "DEAD_LETTER_TOPIC,dead letters",
    "PUBSUB_EMULATOR_HOST,http://127.0.0.1:8085",
    "PUBSUB_EMULATOR_HOST,127.0.0.1",
    "SCHEDULE_ACCOUNT,no-account",
    "CLOUD_TASKS_EMULATOR_HOST,127.0.0.1"
  })
  void messages_wrongSetting_isRefusedByName(String name, String value) {
    Map<String, String> settings = new HashMap<>(GOOD);
    settings.put(name, value);

    assertThatThrownBy(() -> new PubSubBackend().messages(Settings.of(settings), ALL))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageStartingWith("wrong settings: " + name + " is " + value);
  }

  /** A function that publishes only dead letters would otherwise feed them to itself. */
  @Test
  void messages_deadLettersToTheTopicOfWorkThatIsNotPublishedTo_isRefused() {
    Map<String, String> settings = new HashMap<>(GOOD);
    settings.put("DEAD_LETTER_TOPIC", "work");

    assertThatThrownBy(
            () -> new PubSubBackend().messages(Settings.of(settings), Set.of(Topic.DEAD_LETTERS)))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("must be another topic than that of WORK_TOPIC");
  }

  @Test
  void read_oldProject_isTaken() {
    Map<String, String> settings = new HashMap<>(GOOD);
    settings.put("GOOGLE_CLOUD_PROJECT", "example.com:my-project");

    assertThat(PubSubSettings.read(Settings.of(settings), Set.of(Topic.WORK)).topics())
        .isEqualTo(Map.of(Topic.WORK, "projects/example.com:my-project/topics/work"));
  }

  @Test
  void read_tasksEmulatorAsAnAddress_isTaken() {
    Map<String, String> settings = new HashMap<>(GOOD);
    settings.put("CLOUD_TASKS_EMULATOR_HOST", "http://127.0.0.1:8123");

    assertThat(TasksSettings.read(Settings.of(settings)).orElseThrow().emulator())
        .isEqualTo("127.0.0.1:8123");
  }

  private static MessageQueue open(Map<String, String> settings, Set<Topic> topics) {
    return new PubSubBackend().messages(Settings.of(settings), topics).orElseThrow();
  }
}
