package dev.whatsit.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.WorkQueue;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PubSubBackendTest {
  private static final Map<String, String> GOOD =
      Map.of(
          "GOOGLE_CLOUD_PROJECT", "my-project",
          "WORK_TOPIC", "work",
          "DEAD_LETTER_TOPIC", "dead-letters");

  @Test
  void open_workQueue_isTheSameForTheSameSettings() {
    try (PubSubBackend backend = new PubSubBackend()) {
      WorkQueue queue = backend.open(WorkQueue.class, Settings.of(GOOD)).orElseThrow();

      assertThat(backend.name()).isEqualTo("google");
      assertThat(backend.open(WorkQueue.class, Settings.of(GOOD))).containsSame(queue);
      assertThat(backend.open(ImageStore.class, Settings.of(Map.of()))).isEmpty();
    }
  }

  @Test
  void open_nothingSet_namesEverySetting() {
    Settings settings = Settings.of(Map.of("PUBSUB_EMULATOR_HOST", "nowhere"));

    assertThatThrownBy(() -> new PubSubBackend().open(WorkQueue.class, settings))
        .isInstanceOfSatisfying(
            InvalidSettings.class,
            e ->
                assertThat(e.problems())
                    .satisfiesExactly(
                        one -> assertThat(one).startsWith("GOOGLE_CLOUD_PROJECT is not set"),
                        one -> assertThat(one).startsWith("WORK_TOPIC is not set"),
                        one -> assertThat(one).startsWith("DEAD_LETTER_TOPIC is not set"),
                        one -> assertThat(one).startsWith("PUBSUB_EMULATOR_HOST is nowhere")));
  }

  @ParameterizedTest
  @CsvSource({
    "GOOGLE_CLOUD_PROJECT,projects/x",
    "GOOGLE_CLOUD_PROJECT,My Project",
    "WORK_TOPIC,projects/my-project/topics/work",
    "WORK_TOPIC,ab",
    "WORK_TOPIC,1work",
    "WORK_TOPIC,google-work",
    "DEAD_LETTER_TOPIC,work",
    "DEAD_LETTER_TOPIC,dead letters",
    "PUBSUB_EMULATOR_HOST,http://127.0.0.1:8085",
    "PUBSUB_EMULATOR_HOST,127.0.0.1"
  })
  void open_wrongSetting_isRefusedByName(String name, String value) {
    Map<String, String> settings = new HashMap<>(GOOD);
    settings.put(name, value);

    assertThatThrownBy(() -> new PubSubBackend().open(WorkQueue.class, Settings.of(settings)))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageStartingWith("wrong settings: " + name + " is " + value);
  }

  @Test
  void read_oldProject_isTaken() {
    Map<String, String> settings = new HashMap<>(GOOD);
    settings.put("GOOGLE_CLOUD_PROJECT", "example.com:my-project");

    assertThat(PubSubSettings.read(Settings.of(settings)).workTopic())
        .isEqualTo("projects/example.com:my-project/topics/work");
  }
}
