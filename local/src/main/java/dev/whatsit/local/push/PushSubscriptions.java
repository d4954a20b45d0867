package dev.whatsit.local.push;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Creates and updates topics and push subscriptions of one project on Google's Pub/Sub emulator.
 * Thread-safe.
 *
 * <p>It uses the service's REST API, which the emulator serves too: the client library's admin
 * classes would bring gRPC onto this module's compile class path for four calls.
 *
 * @see <a href="https://cloud.google.com/pubsub/docs/reference/rest">Pub/Sub REST API</a>
 */
public final class PushSubscriptions {
  private static final Duration MAX_CALL = Duration.ofSeconds(10);
  private static final int OK = 200;
  private static final int ALREADY_EXISTS = 409;
  private static final EventLog LOG = EventLog.of(PushSubscriptions.class);

  private final String base;
  private final String project;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(MAX_CALL)
          .proxy(HttpClient.Builder.NO_PROXY)
          .build();

  /** The subscriptions that this object created, each with its push endpoint. */
  private final Map<String, String> made = new LinkedHashMap<>();

  /**
   * Manages the topics and subscriptions of this project.
   *
   * @param hostPort address of the emulator, as {@code host:port}
   */
  public PushSubscriptions(String hostPort, String project) {
    this.base = "http://" + hostPort + "/v1/";
    this.project = "projects/" + project;
  }

  /**
   * Creates a topic unless it exists.
   *
   * @throws IllegalStateException if the call fails; the message has the emulator's response
   */
  public void topic(String id) {
    call("PUT", topicName(id), new JsonObject(), OK, ALREADY_EXISTS);
  }

  /**
   * Creates a subscription, or updates the existing one. The messages that wait in it are then
   * delivered first.
   *
   * @throws IllegalStateException if the call fails; the message has the emulator's response
   */
  public void subscribe(String id, String topic, URI endpoint, PushPolicy policy) {
    JsonObject subscription = new JsonObject();
    subscription.addProperty("name", subscriptionName(id));
    subscription.addProperty("topic", topicName(topic));
    subscription.add("pushConfig", pushTo(endpoint.toString()));
    subscription.addProperty("ackDeadlineSeconds", policy.acknowledgement().toSeconds());
    JsonObject retry = new JsonObject();
    retry.addProperty("minimumBackoff", seconds(policy.minBackoff()));
    retry.addProperty("maximumBackoff", seconds(policy.maxBackoff()));
    subscription.add("retryPolicy", retry);
    String mask = "pushConfig,ackDeadlineSeconds,retryPolicy";
    String deadLetterTopic = policy.deadLetterTopic();
    if (deadLetterTopic != null) {
      JsonObject deadLetters = new JsonObject();
      deadLetters.addProperty("deadLetterTopic", topicName(deadLetterTopic));
      deadLetters.addProperty("maxDeliveryAttempts", policy.maxDeliveries());
      subscription.add("deadLetterPolicy", deadLetters);
      mask += ",deadLetterPolicy";
    }
    HttpResponse<String> response =
        call("PUT", subscriptionName(id), subscription, OK, ALREADY_EXISTS);
    if (response.statusCode() == ALREADY_EXISTS) {
      JsonObject update = new JsonObject();
      update.add("subscription", subscription);
      update.addProperty("updateMask", mask);
      call("PATCH", subscriptionName(id), update, OK);
    }
    synchronized (made) {
      made.put(id, endpoint.toString());
    }
  }

  /** Whether each subscription from {@link #subscribe} still pushes to its endpoint. */
  public boolean areOurs() {
    try {
      for (Map.Entry<String, String> one : copy().entrySet()) {
        if (!endpointOf(one.getKey()).equals(one.getValue())) {
          return false;
        }
      }
      return true;
    } catch (IllegalStateException e) {
      LOG.warning("cannot look at the subscriptions", Labels.NONE, e);
      return false;
    }
  }

  /**
   * Stops the pushes of the subscriptions from {@link #subscribe}; they keep their messages.
   * Deliveries in flight can still be acked or nacked. A subscription that has another endpoint by
   * now is not changed.
   */
  public void detach() {
    for (Map.Entry<String, String> one : copy().entrySet()) {
      try {
        if (endpointOf(one.getKey()).equals(one.getValue())) {
          JsonObject none = new JsonObject();
          none.add("pushConfig", new JsonObject());
          call("POST", subscriptionName(one.getKey()) + ":modifyPushConfig", none, OK);
        }
      } catch (IllegalStateException e) {
        LOG.warning("cannot stop deliveries", Labels.of("subscription", one.getKey()), e);
      }
    }
  }

  private Map<String, String> copy() {
    synchronized (made) {
      return Map.copyOf(made);
    }
  }

  private String endpointOf(String id) {
    String body = call("GET", subscriptionName(id), null, OK).body();
    try {
      JsonObject push =
          JsonParser.parseString(body).getAsJsonObject().getAsJsonObject("pushConfig");
      return push != null && push.has("pushEndpoint") ? push.get("pushEndpoint").getAsString() : "";
    } catch (JsonParseException | IllegalStateException | ClassCastException e) {
      throw new IllegalStateException("Pub/Sub's emulator answered: " + body, e);
    }
  }

  private HttpResponse<String> call(
      String method, String path, @Nullable JsonObject body, int... expected) {
    String what = method + " " + path;
    try {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(URI.create(base + path))
                  .timeout(MAX_CALL)
                  .header("Content-Type", "application/json")
                  .method(
                      method,
                      body == null
                          ? BodyPublishers.noBody()
                          : BodyPublishers.ofString(body.toString()))
                  .build(),
              BodyHandlers.ofString());
      if (IntStream.of(expected).noneMatch(status -> status == response.statusCode())) {
        throw new IllegalStateException(
            "Pub/Sub's emulator responds with status "
                + response.statusCode()
                + " to "
                + what
                + ": "
                + response.body());
      }
      return response;
    } catch (IOException e) {
      throw new IllegalStateException("Pub/Sub's emulator does not respond to " + what, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted during " + what, e);
    }
  }

  private String topicName(String id) {
    return project + "/topics/" + id;
  }

  private String subscriptionName(String id) {
    return project + "/subscriptions/" + id;
  }

  private static JsonObject pushTo(String endpoint) {
    JsonObject push = new JsonObject();
    push.addProperty("pushEndpoint", endpoint);
    return push;
  }

  private static String seconds(Duration duration) {
    return duration.toSeconds() + "s";
  }
}
