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
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Has Cloud Tasks call Pub/Sub's own publish method when a message is due, with the token of a
 * service account: no function stands between. Cloud Tasks repeats a call that fails, by the policy
 * of its queue, and Pub/Sub then has the message twice at worst.
 *
 * <p>A task is named by its message and the second in which it is due, so that the same message
 * scheduled again is one task. A name stays used for hours after its task has run. Thread-safe.
 *
 * @see <a
 *     href="https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2#createtaskrequest">CreateTaskRequest</a>
 */
final class TaskScheduler implements AutoCloseable {
  /**
   * Shorter than for other services: a failure costs no more than to wait for the sweep, and a
   * client waits for the response.
   */
  static final Duration MAX_CALL = Duration.ofSeconds(5);

  private static final String PUBSUB = "https://pubsub.googleapis.com/v1/";
  private static final String PUBSUB_SCOPE = "https://www.googleapis.com/auth/pubsub";

  /** How long Cloud Tasks waits for Pub/Sub; 15 s is the minimum. */
  private static final com.google.protobuf.Duration DISPATCH_DEADLINE =
      com.google.protobuf.Duration.newBuilder().setSeconds(15).build();

  private static final Executor SAME_THREAD = Runnable::run;

  private final TasksSettings settings;
  private final RemoteClient<CloudTasksClient> tasks;

  TaskScheduler(TasksSettings settings) {
    this(settings, MAX_CALL);
  }

  /** With another deadline of a call. */
  TaskScheduler(TasksSettings settings, Duration maxCall) {
    this.settings = settings;
    this.tasks =
        new RemoteClient<>(
            "Cloud Tasks",
            maxCall,
            () -> open(settings.emulator(), maxCall),
            TaskScheduler::advice);
  }

  private static CloudTasksClient open(@Nullable String emulator, Duration maxCall)
      throws IOException {
    CloudTasksSettings.Builder settings = CloudTasksSettings.newBuilder();
    RemoteClient.connect(
        settings, CloudTasksSettings.defaultGrpcTransportProviderBuilder(), emulator, maxCall);
    // By its name a task may be created again.
    RemoteClient.retry(settings.createTaskSettings(), maxCall);
    return CloudTasksClient.create(settings.build());
  }

  /** What an operator can do. */
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
   * @param what they are, for failures
   * @param topicName the full name of their topic
   * @return the names of the tasks
   */
  List<String> schedule(
      String what, Topic topic, String topicName, List<Message> messages, Instant notBefore) {
    // Tasks are due in whole seconds, and must not be early.
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
        client ->
            ApiFutures.allAsList(requests.stream().map(task -> create(client, task)).toList()));
  }

  private static ApiFuture<String> create(CloudTasksClient client, CreateTaskRequest request) {
    ApiFuture<Task> created = client.createTaskCallable().futureCall(request);
    ApiFuture<String> name = ApiFutures.transform(created, Task::getName, SAME_THREAD);
    // By an attempt of this call whose response was lost, or by another caller.
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
    CloudEvent.of(message.attributes(), id, topic, topicName).forEach(attributes::addProperty);
    JsonObject single = new JsonObject();
    single.add("attributes", attributes);
    JsonArray messages = new JsonArray();
    messages.add(single);
    JsonObject body = new JsonObject();
    body.add("messages", messages);
    return body.toString();
  }

  /** Fails the calls that are running, and all later ones. */
  @Override
  public void close() {
    tasks.close();
  }
}
