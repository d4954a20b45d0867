package dev.whatsit.pubsub;

import static dev.whatsit.pubsub.Samples.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.cloud.tasks.v2.Task;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.pubsub.v1.PubsubMessage;
import com.google.rpc.Code;
import dev.whatsit.contracts.MessageQueueContract;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.FetchMessage;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.Message;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.faultproxy.Fault;
import dev.whatsit.faultproxy.GrpcProxy;
import dev.whatsit.tasks.fake.FakeCloudTasks;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Google's clients against Google's emulator, and against a fake of Cloud Tasks. */
class PubSubMessageQueueTest extends MessageQueueContract {
  @RegisterExtension
  static final EmulatorExtension PUB_SUB = EmulatorExtension.of(Emulator.PUB_SUB);

  private static final String PROJECT = "whatsit-test";

  private final List<PubsubMessage> letters = new ArrayList<>();
  private final Map<Topic, EmulatedTopic> topics = new EnumMap<>(Topic.class);
  private PubSubSettings settings;
  private FakeCloudTasks tasks;
  private GrpcProxy toTasks;
  private PubSubMessageQueue queue;
  private PubSubMessageQueue other;

  @BeforeEach
  void open() throws IOException {
    Map<Topic, String> ids = new EnumMap<>(Topic.class);
    for (Topic topic : Topic.values()) {
      EmulatedTopic emulated =
          new EmulatedTopic(PUB_SUB.hostPort(), PROJECT, Samples.id(topic.name()));
      topics.put(topic, emulated);
      ids.put(topic, emulated.id());
    }
    settings = Samples.settings(PROJECT, ids, PUB_SUB.hostPort());
    tasks = new FakeCloudTasks(() -> NOW);
    toTasks = GrpcProxy.to(tasks.hostPort());
    queue = queue(settings, scheduler());
    other = queue(settings, scheduler());
  }

  private TaskScheduler scheduler() {
    return new TaskScheduler(
        new TasksSettings(Samples.QUEUE, Samples.ACCOUNT, toTasks.hostPort()),
        TaskScheduler.MAX_CALL);
  }

  private static PubSubMessageQueue queue(
      PubSubSettings settings, @Nullable TaskScheduler scheduler) {
    return new PubSubMessageQueue(settings, scheduler, PubSubMessageQueue.MAX_CALL);
  }

  @AfterEach
  void close() {
    queue.close();
    other.close();
    toTasks.close();
    tasks.close();
    topics.values().forEach(EmulatedTopic::close);
  }

  @Override
  protected MessageQueue queue() {
    return queue;
  }

  @Override
  protected MessageQueue otherQueue() {
    return other;
  }

  @Override
  protected Map<String, String> awaitDelivery(Topic topic, String messageId) {
    return withoutEvent(
        topic(topic).await(message -> message.getMessageId().equals(messageId)).getAttributesMap());
  }

  @Override
  protected List<DeadLetterMessage> deadLetters(String messageId) {
    while (letters.stream().noneMatch(letter -> isAbout(letter, messageId))) {
      List<PubsubMessage> taken = topic(Topic.DEAD_LETTERS).take(1);
      assertThat(taken).as("dead letters").isNotEmpty();
      letters.addAll(taken);
    }
    return letters.stream()
        .filter(letter -> isAbout(letter, messageId))
        .map(letter -> DeadLetterMessage.fromAttributes(letter.getAttributesMap()))
        .toList();
  }

  private static boolean isAbout(PubsubMessage letter, String messageId) {
    return messageId.equals(letter.getAttributesMap().get(DeadLetterMessage.MESSAGE_ID));
  }

  @Override
  protected Instant now() {
    return NOW;
  }

  @Override
  protected List<Map<String, String>> deliveredBy(Topic topic, Instant instant) {
    String url = "https://pubsub.googleapis.com/v1/" + settings.topics().get(topic) + ":publish";
    return tasks.tasks().stream()
        .filter(task -> task.getScheduleTime().getSeconds() <= instant.getEpochSecond())
        .filter(task -> task.getHttpRequest().getUrl().equals(url))
        .map(PubSubMessageQueueTest::attributes)
        .map(PubSubMessageQueueTest::withoutEvent)
        .toList();
  }

  /** The attributes of the one message that a task publishes. */
  private static Map<String, String> attributes(Task task) {
    JsonObject body =
        JsonParser.parseString(task.getHttpRequest().getBody().toStringUtf8()).getAsJsonObject();
    JsonArray published = body.getAsJsonArray("messages");
    assertThat(published).hasSize(1);
    Map<String, String> attributes = new HashMap<>();
    published
        .get(0)
        .getAsJsonObject()
        .getAsJsonObject("attributes")
        .entrySet()
        .forEach(entry -> attributes.put(entry.getKey(), entry.getValue().getAsString()));
    return attributes;
  }

  private static Map<String, String> withoutEvent(Map<String, String> attributes) {
    Map<String, String> ours = new HashMap<>(attributes);
    ours.keySet().removeIf(name -> name.startsWith("ce-"));
    return ours;
  }

  @Override
  protected void loseNextResponse() {
    toTasks.failNext("CloudTasks/CreateTask", Fault.loseResponse(Code.UNAVAILABLE));
  }

  private EmulatedTopic topic(Topic topic) {
    return Objects.requireNonNull(topics.get(topic));
  }

  @Test
  void publish_work_isACloudEventWithoutData() {
    WorkMessage message = Samples.message();
    Map<String, String> expected = new HashMap<>(message.toMessage().attributes());
    expected.put("ce-specversion", "1.0");
    expected.put("ce-source", "//pubsub.googleapis.com/" + settings.topics().get(Topic.WORK));
    expected.put("ce-type", "dev.whatsit.work.v1");
    expected.put("ce-subject", message.image().hash().hex());

    String id = queue.publish(Topic.WORK, message.toMessage());

    PubsubMessage delivered = topic(Topic.WORK).await(one -> one.getMessageId().equals(id));
    assertThat(delivered.getData().isEmpty()).isTrue();
    assertThat(delivered.getOrderingKey()).isEmpty();
    Map<String, String> attributes = new HashMap<>(delivered.getAttributesMap());
    assertThat(attributes.remove("ce-id")).isNotBlank();
    assertThat(attributes).isEqualTo(expected).containsKey("traceparent");
  }

  @Test
  void publish_resultAndFetch_areCloudEventsAboutTheirSubject() {
    BatchId batch = BatchId.random();

    queue.publish(Topic.RESULTS, ResultMessage.toAll(new Subject("batch-17", 1)).toMessage());
    queue.publish(Topic.FETCHES, new FetchMessage(new ItemKey(batch, 7), null).toMessage());

    assertThat(topic(Topic.RESULTS).take(1).get(0).getAttributesMap())
        .containsEntry("ce-type", "dev.whatsit.result.v1")
        .containsEntry("ce-subject", "batch-17")
        .containsKeys("ce-id", "ce-specversion", "ce-source");
    assertThat(topic(Topic.FETCHES).take(1).get(0).getAttributesMap())
        .containsEntry("ce-type", "dev.whatsit.fetch.v1")
        .containsEntry("ce-subject", batch.text());
  }

  @Test
  void publish_deadLetterOfMoreThanPubSubTakes_isKeptInPart() {
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < 200; i++) {
      attributes.put("z" + i, "v");
    }
    attributes.put("googlong", "v");
    attributes.put("k".repeat(257), "v");
    attributes.put("", "v");
    attributes.put("a", "🐈".repeat(1000));

    queue.publish(
        Topic.DEAD_LETTERS,
        new DeadLetterMessage("i".repeat(3000), attributes, "r".repeat(5000)).toMessage());

    Map<String, String> kept = topic(Topic.DEAD_LETTERS).take(1).get(0).getAttributesMap();
    assertThat(kept)
        .hasSizeLessThanOrEqualTo(100)
        .containsEntry("a", "🐈".repeat(256))
        .containsEntry("dead_letter_cut", "true")
        .containsEntry("dead_letter_reason", "r".repeat(1024))
        .containsEntry("dead_letter_message_id", "i".repeat(1024))
        .doesNotContainKeys("googlong", "k".repeat(257), "");
  }

  @Test
  void publish_noSuchTopic_saysWhatToDo() {
    WorkMessage message = Samples.message();
    try (PubSubMessageQueue lost =
        queue(
            Samples.settings(PROJECT, Map.of(Topic.WORK, "never-made"), PUB_SUB.hostPort()),
            null)) {
      assertThatThrownBy(() -> lost.publish(Topic.WORK, message.toMessage()))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("cannot publish message " + message.image().hash().hex())
          .hasMessageContaining("NOT_FOUND")
          .hasMessageContaining("create the topic");
      assertThatThrownBy(() -> lost.check(Topic.WORK))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("reach projects/whatsit-test/topics/never-made");
    }
  }

  @Test
  void publish_topicThatItWasNotOpenedFor_isRefused() {
    try (PubSubMessageQueue results =
        queue(
            Samples.settings(PROJECT, Map.of(Topic.RESULTS, "results"), PUB_SUB.hostPort()),
            null)) {
      assertThatThrownBy(() -> results.publish(Topic.WORK, Samples.message().toMessage()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("WORK_TOPIC");
    }
  }

  @Test
  void publish_laterWithoutAScheduler_doesNothing() {
    try (PubSubMessageQueue plain = queue(settings, null)) {
      assertThat(plain.schedules()).isFalse();
      assertThat(plain.publish(Topic.WORK, List.of(Samples.message().toMessage()), NOW)).isEmpty();
      assertThat(tasks.tasks()).isEmpty();
    }
  }

  @Test
  void publish_afterTheClose_fails() {
    queue.close();

    List<Message> messages = List.of(Samples.message().toMessage());
    assertThatThrownBy(() -> queue.publish(Topic.WORK, messages, null))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("this instance stops");
    assertThatThrownBy(() -> queue.publish(Topic.WORK, messages, NOW.plusSeconds(60)))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("this instance stops");
    queue.close();
  }
}
