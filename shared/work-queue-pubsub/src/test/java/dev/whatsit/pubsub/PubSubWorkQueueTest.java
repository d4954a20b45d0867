package dev.whatsit.pubsub;

import static dev.whatsit.pubsub.Samples.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.pubsub.v1.PubsubMessage;
import dev.whatsit.contracts.WorkQueueContract;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.queue.WorkQueue;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The real client against Google's emulator. */
class PubSubWorkQueueTest extends WorkQueueContract {
  @RegisterExtension
  static final EmulatorExtension PUB_SUB = EmulatorExtension.of(Emulator.PUB_SUB);

  private static final String PROJECT = "whatsit-test";

  private final List<PubsubMessage> letters = new ArrayList<>();
  private EmulatedTopic work;
  private EmulatedTopic dead;
  private PubSubWorkQueue queue;
  private PubSubWorkQueue other;

  @BeforeEach
  void open() throws IOException {
    work = new EmulatedTopic(PUB_SUB.hostPort(), PROJECT, Samples.id("work"));
    dead = new EmulatedTopic(PUB_SUB.hostPort(), PROJECT, Samples.id("dead"));
    PubSubSettings settings = Samples.settings(PROJECT, work.id(), dead.id(), PUB_SUB.hostPort());
    queue = PubSubWorkQueue.of(settings, () -> NOW);
    other = PubSubWorkQueue.of(settings, () -> NOW);
  }

  @AfterEach
  void close() {
    queue.close();
    other.close();
    work.close();
    dead.close();
  }

  @Override
  protected WorkQueue queue() {
    return queue;
  }

  @Override
  protected WorkQueue otherQueue() {
    return other;
  }

  @Override
  protected Map<String, String> awaitDelivery(String messageId) {
    return work.await(message -> message.getMessageId().equals(messageId)).getAttributesMap();
  }

  @Override
  protected List<Letter> deadLetters(String messageId) {
    while (letters.stream().noneMatch(letter -> isAbout(letter, messageId))) {
      List<PubsubMessage> taken = dead.take(1);
      assertThat(taken).as("dead letters").isNotEmpty();
      letters.addAll(taken);
    }
    return letters.stream()
        .filter(letter -> isAbout(letter, messageId))
        .map(PubSubWorkQueueTest::letter)
        .toList();
  }

  private static boolean isAbout(PubsubMessage letter, String messageId) {
    return messageId.equals(letter.getAttributesMap().get(PubSubWorkQueue.MESSAGE_ID));
  }

  private static Letter letter(PubsubMessage message) {
    Map<String, String> attributes = new HashMap<>(message.getAttributesMap());
    String reason = attributes.remove(PubSubWorkQueue.REASON);
    String id = attributes.remove(PubSubWorkQueue.MESSAGE_ID);
    assertThat(attributes.remove(PubSubWorkQueue.TIME)).isEqualTo(NOW.toString());
    assertThat(reason).isNotNull();
    assertThat(id).isNotNull();
    return new Letter(String.valueOf(id), attributes, String.valueOf(reason));
  }

  @Test
  void publish_message_hasNamesAndNoBytes() {
    WorkMessage message = Samples.message();
    Map<String, String> expected = new HashMap<>(message.toAttributes());
    expected.put("ce-specversion", "1.0");
    expected.put("ce-source", "//pubsub.googleapis.com/projects/whatsit-test/topics/" + work.id());
    expected.put("ce-type", "dev.whatsit.work.v1");
    expected.put("ce-subject", message.image().hash().hex());

    String id = queue.publish(message);

    PubsubMessage delivered = work.await(one -> one.getMessageId().equals(id));
    assertThat(delivered.getData().isEmpty()).isTrue();
    assertThat(delivered.getOrderingKey()).isEmpty();
    Map<String, String> attributes = new HashMap<>(delivered.getAttributesMap());
    assertThat(attributes.remove("ce-id")).isNotBlank();
    assertThat(attributes).isEqualTo(expected).containsKey("traceparent");
  }

  @Test
  void publish_sameMessageTwice_givesTwoEventIds() {
    WorkMessage message = Samples.message();
    queue.publish(message);
    queue.publish(message);

    assertThat(work.take(2))
        .hasSize(2)
        .extracting(delivered -> delivered.getAttributesMap().get("ce-id"))
        .doesNotHaveDuplicates();
  }

  @Test
  void deadLetter_moreThanPubSubTakes_isKeptInPart() {
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < 200; i++) {
      attributes.put("z" + i, "v");
    }
    attributes.put("googlong", "v");
    attributes.put("k".repeat(257), "v");
    attributes.put("", "v");
    attributes.put("a", "🐈".repeat(1000));

    queue.deadLetter("id-1", attributes, "r".repeat(5000));

    Map<String, String> kept = dead.take(1).get(0).getAttributesMap();
    assertThat(kept)
        .hasSizeLessThanOrEqualTo(100)
        .containsEntry("a", "🐈".repeat(256))
        .containsEntry("dead_letter_cut", "true")
        .containsEntry("dead_letter_reason", "r".repeat(1024))
        .doesNotContainKeys("googlong", "k".repeat(257), "");
  }

  @Test
  void publish_noSuchTopic_saysWhatToDo() {
    try (PubSubWorkQueue lost =
        PubSubWorkQueue.of(
            Samples.settings(PROJECT, "never-made", dead.id(), PUB_SUB.hostPort()), () -> NOW)) {
      WorkMessage message = Samples.message();

      assertThatThrownBy(() -> lost.publish(message))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("publish message about " + message.image().hash().hex())
          .hasMessageContaining("NOT_FOUND")
          .hasMessageContaining("create the topic");
      assertThatThrownBy(lost::checkReachable)
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("reach projects/whatsit-test/topics/never-made");
    }
  }

  @Test
  void checkReachable_noDeadLetterTopic_isRefused() {
    try (PubSubWorkQueue lost =
        PubSubWorkQueue.of(
            Samples.settings(PROJECT, work.id(), "never-made", PUB_SUB.hostPort()), () -> NOW)) {
      assertThatThrownBy(lost::checkReachable)
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("topics/never-made");
    }
  }

  @Test
  void backend_asAFunctionFindsIt_publishesAndCloses() {
    Settings settings =
        Settings.of(
            Map.of(
                "GOOGLE_CLOUD_PROJECT", PROJECT,
                "WORK_TOPIC", work.id(),
                "DEAD_LETTER_TOPIC", dead.id(),
                "PUBSUB_EMULATOR_HOST", PUB_SUB.hostPort()));
    Backend backend = Backends.choose(settings);
    WorkQueue found = Backends.require(backend, WorkQueue.class, settings);
    WorkMessage message = Samples.message();

    String id = found.publish(message);
    Backends.close(backend);

    assertThat(WorkMessage.fromAttributes(awaitDelivery(id))).isEqualTo(message);
    assertThatThrownBy(() -> found.publish(message))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("closed");
    assertThatCode(() -> Backends.close(backend)).doesNotThrowAnyException();
  }
}
