package dev.whatsit.tasks;

import com.google.api.gax.rpc.AlreadyExistsException;
import com.google.api.gax.rpc.ApiException;
import com.google.api.gax.rpc.StatusCode;
import com.google.cloud.tasks.v2.CreateTaskRequest;
import com.google.cloud.tasks.v2.HttpMethod;
import com.google.cloud.tasks.v2.HttpRequest;
import com.google.cloud.tasks.v2.OAuthToken;
import com.google.cloud.tasks.v2.Task;
import com.google.cloud.tasks.v2.stub.CloudTasksStub;
import com.google.cloud.tasks.v2.stub.CloudTasksStubSettings;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.DelayedMessage;
import dev.whatsit.domain.queue.DelayedMessages;
import dev.whatsit.grpc.BoundedRetries;
import dev.whatsit.grpc.LazyClient;
import dev.whatsit.grpc.Wire;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Has Cloud Tasks call Pub/Sub's own publish method when a message is due, with the token of a
 * service account: no function stands between. Cloud Tasks repeats a call that fails, by the policy
 * of its queue, and Pub/Sub then has the message twice at the worst.
 *
 * <p>A task is named by its message and the second in which it is due. So whoever puts the same
 * again is told that it exists, which is as good as done: a task of this name is for this very
 * second. A name stays taken for hours after its task has run, which nobody who knows what is due
 * minds.
 *
 * <p>Each call returns when the service has answered, or fails within {@link #LONGEST_CALL}. The
 * client's own policy would not repeat a call that creates; here it may, by the name. Safe for use
 * by several threads.
 */
final class CloudTasksMessages implements DelayedMessages, AutoCloseable {
  /**
   * The whole time that a call may take with its retries. Shorter than for other services: a
   * failure costs no more than to wait for the sweep, and a client waits for the answer.
   */
  static final Duration LONGEST_CALL = Duration.ofSeconds(5);

  private static final String PUBSUB = "https://pubsub.googleapis.com/v1/";
  private static final String PUBSUB_SCOPE = "https://www.googleapis.com/auth/pubsub";

  /** How long Cloud Tasks waits for Pub/Sub; 15 s is the least that it takes. */
  private static final Duration PUBLISHED_WITHIN = Duration.ofSeconds(15);

  private final TasksSettings settings;
  private final LazyClient<CloudTasksStub> client;

  private CloudTasksMessages(TasksSettings settings, Duration longestCall) {
    this.settings = settings;
    this.client = new LazyClient<>("Cloud Tasks", () -> build(settings.emulator(), longestCall));
  }

  /** On this queue. */
  static CloudTasksMessages of(TasksSettings settings) {
    return of(settings, LONGEST_CALL);
  }

  /** With another longest time for a call. */
  static CloudTasksMessages of(TasksSettings settings, Duration longestCall) {
    return new CloudTasksMessages(settings, longestCall);
  }

  private static CloudTasksStub build(@Nullable String emulator, Duration longestCall)
      throws IOException {
    CloudTasksStubSettings.Builder builder = CloudTasksStubSettings.newBuilder();
    Wire.connect(builder, CloudTasksStubSettings.defaultGrpcTransportProviderBuilder(), emulator);
    builder
        .createTaskSettings()
        .setRetrySettings(BoundedRetries.of(longestCall))
        .setRetryableCodes(StatusCode.Code.UNAVAILABLE, StatusCode.Code.DEADLINE_EXCEEDED);
    return builder.build().createStub();
  }

  @Override
  public void put(DelayedMessage message) {
    String topic = settings.topics().get(message.topic());
    if (topic == null) {
      throw new IllegalArgumentException(
          message.topic() + " cannot be put off: " + message.topic().setting() + " is not set");
    }
    String id = message.name() + "-" + message.dueSecond();
    Task task =
        Task.newBuilder()
            .setName(settings.queue() + "/tasks/" + id)
            .setScheduleTime(Timestamp.newBuilder().setSeconds(message.dueSecond()))
            .setDispatchDeadline(
                com.google.protobuf.Duration.newBuilder().setSeconds(PUBLISHED_WITHIN.toSeconds()))
            .setHttpRequest(
                HttpRequest.newBuilder()
                    .setUrl(PUBSUB + topic + ":publish")
                    .setHttpMethod(HttpMethod.POST)
                    .putHeaders("Content-Type", "application/json")
                    .setBody(ByteString.copyFromUtf8(body(message, id, topic)))
                    .setOauthToken(
                        OAuthToken.newBuilder()
                            .setServiceAccountEmail(settings.account())
                            .setScope(PUBSUB_SCOPE)))
            .build();
    String action = "put message " + id + " for later";
    try {
      client
          .get()
          .createTaskCallable()
          .call(CreateTaskRequest.newBuilder().setParent(settings.queue()).setTask(task).build());
    } catch (AlreadyExistsException e) {
      // Put before, by this call's own first attempt or by somebody with the same to say.
    } catch (TransientFailure e) {
      throw e;
    } catch (RuntimeException e) {
      throw failure(action, e);
    }
  }

  /**
   * The request of {@code projects.topics.publish}, with one message that says what the queue for
   * work says of each: so that a subscriber who is not ours can read it with a CloudEvents library.
   */
  private static String body(DelayedMessage message, String id, String topic) {
    JsonObject attributes = new JsonObject();
    message.attributes().forEach(attributes::addProperty);
    attributes.addProperty("ce-specversion", "1.0");
    attributes.addProperty("ce-id", id);
    attributes.addProperty("ce-source", "//pubsub.googleapis.com/" + topic);
    attributes.addProperty("ce-type", message.topic().eventType());
    String hash = message.attributes().get("image_hash");
    if (hash != null) {
      attributes.addProperty("ce-subject", hash);
    }
    JsonObject single = new JsonObject();
    single.add("attributes", attributes);
    JsonArray messages = new JsonArray();
    messages.add(single);
    JsonObject body = new JsonObject();
    body.add("messages", messages);
    return body.toString();
  }

  private static TransientFailure failure(String action, RuntimeException failure) {
    if (!(failure instanceof ApiException refused)) {
      return new TransientFailure(action + ": " + failure, failure);
    }
    StatusCode.Code code = refused.getStatusCode().getCode();
    String advice =
        switch (code) {
          case NOT_FOUND -> " (create the queue, or mend " + TasksSettings.QUEUE + ")";
          case PERMISSION_DENIED, UNAUTHENTICATED ->
              " (give the function's service account roles/cloudtasks.enqueuer on the queue, and"
                  + " roles/iam.serviceAccountUser on the account of "
                  + TasksSettings.ACCOUNT
                  + ")";
          case RESOURCE_EXHAUSTED -> " (over a quota of Cloud Tasks)";
          default -> "";
        };
    return new TransientFailure(
        action + ": " + code + advice + ": " + refused.getMessage(), refused);
  }

  @Override
  public void close() {
    client.close();
  }
}
