package dev.whatsit.pubsub;

import com.google.api.core.ApiFuture;
import com.google.api.core.ApiFutures;
import com.google.api.gax.rpc.AlreadyExistsException;
import com.google.api.gax.rpc.StatusCode;
import com.google.cloud.tasks.v2.CloudTasksClient;
import com.google.cloud.tasks.v2.CloudTasksSettings;
import com.google.cloud.tasks.v2.CreateTaskRequest;
import com.google.cloud.tasks.v2.HttpMethod;
import com.google.cloud.tasks.v2.HttpRequest;
import com.google.cloud.tasks.v2.OAuthToken;
import com.google.cloud.tasks.v2.Task;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.whatsit.domain.queue.Message;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.grpc.GoogleClient;
import dev.whatsit.grpc.GrpcChannel;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Schedules messages: creates Cloud Tasks that call Pub/Sub's publish method when a message is due,
 * with the token of a service account. No function is involved. Cloud Tasks retries a failed call
 * by the policy of its queue, which in the worst case publishes the message twice.
 *
 * <p>A task is named by its message and its due second, so that scheduling the same message again
 * creates no second task. A name stays in use for hours after its task has run. Thread-safe.
 *
 * @see <a
 *     href="https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2#createtaskrequest">CreateTaskRequest</a>
 */
final class TaskScheduler implements AutoCloseable {
  /**
   * The deadline of a call. It is shorter than for other services: after a failure the sweep still
   * publishes the message, and a client waits for the response.
   */
  static final Duration MAX_CALL = Duration.ofSeconds(5);

  private static final String PUBSUB = "https://pubsub.googleapis.com/v1/";
  private static final String PUBSUB_SCOPE = "https://www.googleapis.com/auth/pubsub";

  /** The time that Cloud Tasks waits for Pub/Sub; 15 s is the minimum. */
  private static final com.google.protobuf.Duration DISPATCH_DEADLINE =
      com.google.protobuf.Duration.newBuilder().setSeconds(15).build();

  private static final Executor SAME_THREAD = Runnable::run;

  private final TasksSettings settings;
  private final GoogleClient<CloudTasksClient> tasks;
  private final Duration maxCall;

  /**
   * Creates a scheduler. Its client is built at first use.
   *
   * @param maxCall the deadline of a call
   */
  TaskScheduler(TasksSettings settings, Duration maxCall) {
    this.settings = settings;
    this.maxCall = maxCall;
    this.tasks =
        new GoogleClient<>(
            "Cloud Tasks",
            () -> open(settings.emulator(), maxCall),
            CloudTasksClient::shutdownNow,
            TaskScheduler::advice);
  }

  private static CloudTasksClient open(@Nullable String emulator, Duration maxCall)
      throws IOException {
    GrpcChannel channel = new GrpcChannel(emulator, maxCall);
    CloudTasksSettings.Builder settings = CloudTasksSettings.newBuilder();
    channel.connect(settings, CloudTasksSettings.defaultGrpcTransportProviderBuilder());
    // Idempotent: a task's name makes creating it twice safe.
    channel.retry(settings.createTaskSettings());
    return CloudTasksClient.create(settings.build());
  }

  /** Advice to an operator. */
  private static String advice(StatusCode.Code code) {
    return switch (code) {
      case NOT_FOUND -> "create the queue, or correct SCHEDULE_QUEUE";
      case PERMISSION_DENIED, UNAUTHENTICATED ->
          "give the function's service account roles/cloudtasks.enqueuer on the queue, and"
              + " roles/iam.serviceAccountUser on the account of SCHEDULE_ACCOUNT";
      case RESOURCE_EXHAUSTED -> "over a quota of Cloud Tasks";
      default -> "";
    };
  }

  /**
   * Schedules messages.
   *
   * @param what the messages, for error messages
   * @param topicName the full name of their topic
   * @return the names of the tasks
   */
  List<String> schedule(
      String what, Topic topic, String topicName, List<Message> messages, Instant notBefore) {
    // Tasks are due at whole seconds, and must not run early.
    long second = notBefore.getEpochSecond() + (notBefore.getNano() == 0 ? 0 : 1);
    List<CreateTaskRequest> requests = new ArrayList<>();
    for (Message message : messages) {
      requests.add(
          CreateTaskRequest.newBuilder()
              .setParent(settings.queue())
              .setTask(task(message, message.name() + "-" + second, second, topic, topicName))
              .build());
    }
    return tasks.call(
        "schedule " + what + " for " + Instant.ofEpochSecond(second),
        maxCall,
        client ->
            ApiFutures.allAsList(requests.stream().map(task -> create(client, task)).toList()));
  }

  private static ApiFuture<String> create(CloudTasksClient client, CreateTaskRequest request) {
    ApiFuture<Task> created = client.createTaskCallable().futureCall(request);
    ApiFuture<String> name = ApiFutures.transform(created, Task::getName, SAME_THREAD);
    // It was created by an attempt of this call with a lost response, or by another caller.
    return ApiFutures.catching(
        name, AlreadyExistsException.class, e -> request.getTask().getName(), SAME_THREAD);
  }

  private Task task(Message message, String id, long second, Topic topic, String topicName) {
    return Task.newBuilder()
        .setName(settings.queue() + "/tasks/" + id)
        .setScheduleTime(Timestamp.newBuilder().setSeconds(second))
        .setDispatchDeadline(DISPATCH_DEADLINE)
        .setHttpRequest(
            HttpRequest.newBuilder()
                .setUrl(PUBSUB + topicName + ":publish")
                .setHttpMethod(HttpMethod.POST)
                .putHeaders("Content-Type", "application/json")
                .setOauthToken(
                    OAuthToken.newBuilder()
                        .setServiceAccountEmail(settings.account())
                        .setScope(PUBSUB_SCOPE))
                .setBody(ByteString.copyFromUtf8(body(message, id, topic, topicName))))
        .build();
  }

  /** The request of {@code projects.topics.publish}, with one message. */
  private static String body(Message message, String id, Topic topic, String topicName) {
    JsonObject attributes = new JsonObject();
    PubSubAttributes.event(message.attributes(), id, topic, topicName)
        .forEach(attributes::addProperty);
    JsonObject single = new JsonObject();
    single.add("attributes", attributes);
    JsonArray messages = new JsonArray();
    messages.add(single);
    JsonObject body = new JsonObject();
    body.add("messages", messages);
    return body.toString();
  }

  /** Closes the client. Running calls and all later calls fail. */
  @Override
  public void close() {
    tasks.close();
  }
}
