package dev.whatsit.pubsub;

import com.google.api.gax.batching.BatchingSettings;
import com.google.api.gax.rpc.StatusCode;
import com.google.cloud.pubsub.v1.TopicAdminClient;
import com.google.cloud.pubsub.v1.TopicAdminSettings;
import com.google.iam.v1.TestIamPermissionsRequest;
import com.google.pubsub.v1.GetTopicRequest;
import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PubsubMessage;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.Message;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.grpc.GoogleClient;
import dev.whatsit.grpc.GrpcChannel;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Publishes messages to topics of Cloud Pub/Sub, at once or, through Cloud Tasks, when they are
 * due. Messages have attributes and no data: names, never bytes. All but dead letters are
 * CloudEvents ({@link PubSubAttributes}).
 *
 * <p>It does not use {@code Publisher}: its minimum deadline is 10 s. Each call is one request and
 * waits for its response, so there is nothing to flush before an instance is frozen. If a response
 * is lost, the client publishes the message again, and it is delivered twice. Thread-safe.
 */
final class PubSubMessageQueue implements MessageQueue, AutoCloseable {
  /**
   * The deadline of a call. An upload calls four ports within the minute that the platform and its
   * client allow. Each caller has a retry: a client that may send again, or an event that is
   * redelivered. So waiting longer would only occupy an instance.
   */
  static final Duration MAX_CALL = Duration.ofSeconds(10);

  private static final String PERMISSION = "pubsub.topics.publish";

  private final Map<Topic, String> topics;
  private final @Nullable TaskScheduler scheduler;
  private final GoogleClient<TopicAdminClient> pubSub;
  private final Duration maxCall;

  /**
   * Creates a queue. Its client is built at first use.
   *
   * @param scheduler schedules messages; null if they cannot be scheduled
   * @param maxCall the deadline of a call
   */
  PubSubMessageQueue(PubSubSettings settings, @Nullable TaskScheduler scheduler, Duration maxCall) {
    this.topics = settings.topics();
    this.scheduler = scheduler;
    this.maxCall = maxCall;
    this.pubSub =
        new GoogleClient<>(
            "Pub/Sub",
            () -> open(settings.emulator(), maxCall),
            TopicAdminClient::shutdownNow,
            PubSubMessageQueue::advice);
  }

  private static TopicAdminClient open(@Nullable String emulator, Duration maxCall)
      throws IOException {
    GrpcChannel channel = new GrpcChannel(emulator, maxCall);
    TopicAdminSettings.Builder settings = TopicAdminSettings.newBuilder();
    channel.connect(settings, TopicAdminSettings.defaultGrpcTransportProviderBuilder());
    channel.retry(settings.publishSettings());
    channel.retry(settings.testIamPermissionsSettings());
    channel.retry(settings.getTopicSettings());
    // With batching, a message would wait for others.
    settings
        .publishSettings()
        .setBatchingSettings(BatchingSettings.newBuilder().setIsEnabled(false).build());
    return TopicAdminClient.create(settings.build());
  }

  /** Advice to an operator. */
  private static String advice(StatusCode.Code code) {
    return switch (code) {
      case NOT_FOUND ->
          "create the topic, or correct WORK_TOPIC, DEAD_LETTER_TOPIC, RESULTS_TOPIC, FETCH_TOPIC"
              + " or the project";
      case PERMISSION_DENIED, UNAUTHENTICATED ->
          "give the function's service account roles/pubsub.publisher on the topic";
      case RESOURCE_EXHAUSTED -> "over a quota of Pub/Sub";
      default -> "";
    };
  }

  @Override
  public List<String> publish(Topic topic, List<Message> messages, @Nullable Instant notBefore) {
    String name = name(topic);
    if (messages.size() > MAX_MESSAGES) {
      throw new IllegalArgumentException(
          messages.size() + " messages, must be at most " + MAX_MESSAGES);
    }
    if (messages.isEmpty()) {
      return List.of();
    }
    String what =
        messages.size() == 1
            ? "message " + messages.get(0).name()
            : messages.size() + " messages, the first " + messages.get(0).name() + ",";
    if (notBefore != null) {
      return scheduler == null
          ? List.of()
          : scheduler.schedule(what, topic, name, messages, notBefore);
    }
    PublishRequest.Builder request = PublishRequest.newBuilder().setTopic(name);
    for (Message message : messages) {
      request.addMessages(
          PubsubMessage.newBuilder().putAllAttributes(attributes(topic, name, message)));
    }
    String action = "publish " + what + " to " + name;
    List<String> ids =
        pubSub
            .call(action, maxCall, client -> client.publishCallable().futureCall(request.build()))
            .getMessageIdsList();
    if (ids.size() != messages.size() || ids.stream().anyMatch(String::isBlank)) {
      throw new TransientFailure(
          "Pub/Sub: cannot " + action + ": the response has no message id for each: " + ids);
    }
    return List.copyOf(ids);
  }

  private static Map<String, String> attributes(Topic topic, String name, Message message) {
    return topic == Topic.DEAD_LETTERS
        ? PubSubAttributes.deadLetter(DeadLetterMessage.fromAttributes(message.attributes()))
        : PubSubAttributes.event(message.attributes(), UUID.randomUUID().toString(), topic, name);
  }

  @Override
  public boolean schedules() {
    return scheduler != null;
  }

  /**
   * Tests whether this account may publish. The test itself needs no permission, and is negative
   * for a topic that does not exist ("Testing permissions", IAM documentation).
   */
  @Override
  public void check(Topic topic) {
    String name = name(topic);
    String action = "reach " + name;
    TestIamPermissionsRequest request =
        TestIamPermissionsRequest.newBuilder().setResource(name).addPermissions(PERMISSION).build();
    List<String> permitted;
    try {
      permitted =
          pubSub
              .call(
                  action,
                  maxCall,
                  client -> client.testIamPermissionsCallable().futureCall(request))
              .getPermissionsList();
    } catch (TransientFailure e) {
      if (GoogleClient.code(e) != StatusCode.Code.UNIMPLEMENTED) {
        throw e;
      }
      // Google's emulator has no access control: check only that the topic exists.
      GetTopicRequest topicRequest = GetTopicRequest.newBuilder().setTopic(name).build();
      pubSub.call(action, maxCall, client -> client.getTopicCallable().futureCall(topicRequest));
      return;
    }
    if (!permitted.contains(PERMISSION)) {
      throw new TransientFailure(
          "Pub/Sub: cannot reach "
              + name
              + ": there is no such topic, or the function's service account lacks"
              + " roles/pubsub.publisher on it");
    }
  }

  private String name(Topic topic) {
    String name = topics.get(topic);
    if (name == null) {
      throw new IllegalArgumentException("not opened for the topic of " + topic.setting());
    }
    return name;
  }

  /** Closes the clients. Running calls and all later calls fail. */
  @Override
  public void close() {
    pubSub.close();
    if (scheduler != null) {
      scheduler.close();
    }
  }
}
