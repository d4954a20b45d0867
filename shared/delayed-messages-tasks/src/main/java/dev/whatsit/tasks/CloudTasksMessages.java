package dev.whatsit.tasks;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.DelayedMessage;
import dev.whatsit.domain.queue.DelayedMessages;
import dev.whatsit.rest.GoogleAccess;
import dev.whatsit.rest.HttpJsonWire;
import dev.whatsit.rest.JsonService;
import dev.whatsit.rest.JsonWire;
import dev.whatsit.rest.Refusal;
import dev.whatsit.rest.RemoteCalls;
import dev.whatsit.rest.RemoteLimits;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
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
 * <p>Each call returns when the service has answered, or fails within {@link #LONGEST_CALL}. By the
 * name it may be made again. It is JSON over HTTP (ADR 19). Safe for use by several threads.
 *
 * @see <a
 *     href="https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create">tasks.create</a>
 */
final class CloudTasksMessages implements DelayedMessages, AutoCloseable {
  /**
   * The whole time that a call may take with its retries. Shorter than for other services: a
   * failure costs no more than to wait for the sweep, and a client waits for the answer.
   */
  static final Duration LONGEST_CALL = Duration.ofSeconds(5);

  static final URI SERVICE = URI.create("https://cloudtasks.googleapis.com");
  private static final String PUBSUB = "https://pubsub.googleapis.com/v1/";
  private static final String PUBSUB_SCOPE = "https://www.googleapis.com/auth/pubsub";

  /** How long Cloud Tasks waits for Pub/Sub; 15 s is the least that it takes. */
  private static final Duration PUBLISHED_WITHIN = Duration.ofSeconds(15);

  private final TasksSettings settings;
  private final JsonService service;

  private CloudTasksMessages(TasksSettings settings, Duration longestCall) {
    this.settings = settings;
    RemoteLimits limits = RemoteLimits.ofSmallCalls(longestCall);
    this.service =
        new JsonService(
            new RemoteCalls("Cloud Tasks", limits, CloudTasksMessages::advice),
            wire(settings.emulator()));
  }

  /** On this queue. */
  static CloudTasksMessages of(TasksSettings settings) {
    return of(settings, LONGEST_CALL);
  }

  /** With another longest time for a call. */
  static CloudTasksMessages of(TasksSettings settings, Duration longestCall) {
    return new CloudTasksMessages(settings, longestCall);
  }

  private static JsonWire wire(@Nullable String emulator) {
    return emulator == null
        ? HttpJsonWire.to(SERVICE, GoogleAccess.ofThisProcess())
        : HttpJsonWire.toEmulator(emulator);
  }

  @Override
  public void put(DelayedMessage message) {
    String topic = settings.topics().get(message.topic());
    if (topic == null) {
      throw new IllegalArgumentException(
          message.topic() + " cannot be put off: " + message.topic().setting() + " is not set");
    }
    String id = message.name() + "-" + message.dueSecond();
    JsonObject request = new JsonObject();
    request.add("task", task(message, id, topic));
    try {
      service.post(
          "put message " + id + " for later", "/v2/" + settings.queue() + "/tasks", request);
    } catch (TransientFailure e) {
      if (!isPutBefore(e)) {
        throw e;
      }
      // By this call's own first attempt, or by somebody with the same to say.
    }
  }

  private static boolean isPutBefore(TransientFailure failure) {
    return failure.getCause() instanceof Refusal refusal && refusal.code().equals("ALREADY_EXISTS");
  }

  private JsonObject task(DelayedMessage message, String id, String topic) {
    JsonObject headers = new JsonObject();
    headers.addProperty("Content-Type", "application/json");
    JsonObject token = new JsonObject();
    token.addProperty("serviceAccountEmail", settings.account());
    token.addProperty("scope", PUBSUB_SCOPE);
    JsonObject request = new JsonObject();
    request.addProperty("url", PUBSUB + topic + ":publish");
    request.addProperty("httpMethod", "POST");
    request.add("headers", headers);
    byte[] body = body(message, id, topic).getBytes(StandardCharsets.UTF_8);
    request.addProperty("body", Base64.getEncoder().encodeToString(body));
    request.add("oauthToken", token);
    JsonObject task = new JsonObject();
    task.addProperty("name", settings.queue() + "/tasks/" + id);
    task.addProperty("scheduleTime", Instant.ofEpochSecond(message.dueSecond()).toString());
    task.addProperty("dispatchDeadline", PUBLISHED_WITHIN.toSeconds() + "s");
    task.add("httpRequest", request);
    return task;
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

  /** What an operator can do. */
  private static String advice(Refusal refusal) {
    return switch (refusal.code()) {
      case "NOT_FOUND" -> "create the queue, or mend " + TasksSettings.QUEUE;
      case "PERMISSION_DENIED", "UNAUTHENTICATED" ->
          "give the function's service account roles/cloudtasks.enqueuer on the queue, and"
              + " roles/iam.serviceAccountUser on the account of "
              + TasksSettings.ACCOUNT;
      case "RESOURCE_EXHAUSTED" -> "over a quota of Cloud Tasks";
      default -> "";
    };
  }

  /** Has later calls fail, and ends those under way. */
  @Override
  public void close() {
    service.close();
  }
}
