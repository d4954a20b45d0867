package dev.whatsit.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.contracts.ResultQueueContract;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.ResultQueue;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The real client against Google's emulator. */
class PubSubResultQueueTest extends ResultQueueContract {
  @RegisterExtension
  static final EmulatorExtension PUB_SUB = EmulatorExtension.of(Emulator.PUB_SUB);

  private static final String PROJECT = "whatsit-test";

  private EmulatedTopic topic;
  private Backend backend;
  private Backend otherBackend;
  private Settings settings;

  @BeforeEach
  void open() throws IOException {
    topic = new EmulatedTopic(PUB_SUB.hostPort(), PROJECT, Samples.id("results"));
    settings = settings(topic.id());
    backend = new PubSubBackend();
    otherBackend = new PubSubBackend();
  }

  @AfterEach
  void close() {
    Backends.close(backend);
    Backends.close(otherBackend);
    topic.close();
  }

  @Override
  protected ResultQueue queue() {
    return backend.open(ResultQueue.class, settings).orElseThrow();
  }

  @Override
  protected ResultQueue otherQueue() {
    return otherBackend.open(ResultQueue.class, settings).orElseThrow();
  }

  @Override
  protected Map<String, String> awaitDelivery(String messageId) {
    return topic.await(message -> message.getMessageId().equals(messageId)).getAttributesMap();
  }

  @Test
  void publish_message_isACloudEventAboutItsSubject() {
    ResultMessage message = ResultMessage.toAll(new Subject("batch-17", 1));

    Map<String, String> attributes = awaitDelivery(queue().publish(message));

    assertThat(attributes)
        .containsEntry("ce-type", "dev.whatsit.result.v1")
        .containsEntry("ce-subject", "batch-17")
        .containsKeys("ce-id", "ce-specversion", "ce-source");
  }

  @Test
  void publish_noSuchTopic_failsForNowAndSaysWhatToDo() {
    ResultQueue queue =
        backend.open(ResultQueue.class, settings(Samples.id("absent"))).orElseThrow();

    assertThatThrownBy(() -> queue.publish(ResultMessage.toAll(new Subject("a", 1))))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("publish result of a-1")
        .hasMessageContaining("create the topic");
    assertThatThrownBy(queue::checkReachable).isInstanceOf(TransientFailure.class);
    assertThatCode(() -> queue().checkReachable()).doesNotThrowAnyException();
  }

  @Test
  void open_noTopic_namesTheSetting() {
    Settings none = Settings.of(Map.of("GOOGLE_CLOUD_PROJECT", PROJECT));

    assertThatThrownBy(() -> backend.open(ResultQueue.class, none))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("RESULTS_TOPIC is not set");
  }

  private static Settings settings(String topic) {
    return Settings.of(
        Map.of(
            "GOOGLE_CLOUD_PROJECT", PROJECT,
            "RESULTS_TOPIC", topic,
            "PUBSUB_EMULATOR_HOST", PUB_SUB.hostPort()));
  }
}
