package dev.whatsit.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.FetchMessage;
import dev.whatsit.domain.batch.FetchQueue;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The real client against Google's emulator. */
class PubSubFetchQueueTest {
  @RegisterExtension
  static final EmulatorExtension PUB_SUB = EmulatorExtension.of(Emulator.PUB_SUB);

  private static final String PROJECT = "whatsit-test";
  private static final BatchId BATCH = BatchId.random();

  private EmulatedTopic topic;
  private Backend backend;
  private FetchQueue queue;

  @BeforeEach
  void open() throws IOException {
    topic = new EmulatedTopic(PUB_SUB.hostPort(), PROJECT, Samples.id("fetches"));
    backend = new PubSubBackend();
    queue = backend.open(FetchQueue.class, settings(topic.id())).orElseThrow();
  }

  @AfterEach
  void close() {
    Backends.close(backend);
    topic.close();
  }

  @Test
  void publish_thousand_areAllDelivered() {
    List<FetchMessage> messages =
        IntStream.range(0, 1000)
            .mapToObj(i -> new FetchMessage(new ItemKey(BATCH, i), null))
            .toList();

    queue.publish(messages);

    assertThat(topic.take(1000))
        .extracting(message -> FetchMessage.fromAttributes(message.getAttributesMap()))
        .containsExactlyInAnyOrderElementsOf(messages);
  }

  @Test
  void publish_traced_isACloudEventAboutItsBatchWithTheTrace() {
    TraceParent trace = new TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    FetchMessage message = new FetchMessage(new ItemKey(BATCH, 7), trace);

    queue.publish(List.of(message));

    Map<String, String> attributes =
        topic.await(found -> "7".equals(found.getAttributesMap().get("item"))).getAttributesMap();
    assertThat(FetchMessage.fromAttributes(attributes)).isEqualTo(message);
    assertThat(attributes)
        .containsEntry("ce-type", "dev.whatsit.fetch.v1")
        .containsEntry("ce-subject", BATCH.text())
        .containsKeys("ce-id", "ce-specversion", "ce-source");
  }

  @Test
  void publish_noSuchTopic_failsForNowAndSaysWhatToDo() {
    FetchQueue absent =
        backend.open(FetchQueue.class, settings(Samples.id("absent"))).orElseThrow();
    List<FetchMessage> messages = List.of(new FetchMessage(new ItemKey(BATCH, 0), null));

    assertThatThrownBy(() -> absent.publish(messages))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("publish 1 items of batch " + BATCH)
        .hasMessageContaining("create the topic");
    assertThatCode(() -> absent.publish(List.of())).doesNotThrowAnyException();
    assertThatThrownBy(absent::checkReachable).isInstanceOf(TransientFailure.class);
    assertThatCode(queue::checkReachable).doesNotThrowAnyException();
  }

  @Test
  void open_noTopic_namesTheSetting() {
    Settings none = Settings.of(Map.of("GOOGLE_CLOUD_PROJECT", PROJECT));

    assertThatThrownBy(() -> backend.open(FetchQueue.class, none))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("FETCH_TOPIC is not set");
  }

  private static Settings settings(String topic) {
    return Settings.of(
        Map.of(
            "GOOGLE_CLOUD_PROJECT", PROJECT,
            "FETCH_TOPIC", topic,
            "PUBSUB_EMULATOR_HOST", PUB_SUB.hostPort()));
  }
}
