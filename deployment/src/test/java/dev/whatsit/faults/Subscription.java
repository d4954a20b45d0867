package dev.whatsit.faults;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.faults.Subscription.Pulled;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * A topic of Google's emulator and a pull subscription to it. The test delivers the messages that
 * it pulls, so that it can deliver them twice or late, or redeliver them. Its calls do not go
 * through the proxies.
 */
final class Subscription {
  private static final int MAX_PULLED = 200;
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final String base;
  private final String topic;
  private final String subscription;

  /**
   * Creates topic and subscription, or only the subscription if the topic exists.
   *
   * @param topic id of the topic; the subscription's id begins with it
   * @param reader the end of the subscription's id
   */
  Subscription(String hostPort, String project, String topic, String reader)
      throws IOException, InterruptedException {
    this.base = "http://" + hostPort + "/v1/projects/" + project + "/";
    this.topic = "topics/" + topic;
    this.subscription = "subscriptions/" + topic + "-" + reader;
    exchange("PUT", this.topic, "{}");
    JsonObject wanted = new JsonObject();
    wanted.addProperty("topic", "projects/" + project + "/topics/" + topic);
    wanted.addProperty("ackDeadlineSeconds", 600);
    send("PUT", subscription, wanted);
  }

  /**
   * A message that was pulled.
   *
   * @param id its id
   * @param ackId for its ack
   * @param push the body of its push request
   */
  record Pulled(String id, String ackId, String push) {}

  /** Pulls all messages. */
  List<Pulled> pull() throws IOException, InterruptedException {
    List<Pulled> pulled = new ArrayList<>();
    while (true) {
      JsonObject wanted = new JsonObject();
      wanted.addProperty("maxMessages", MAX_PULLED);
      wanted.addProperty("returnImmediately", true);
      JsonArray received =
          send("POST", subscription + ":pull", wanted).getAsJsonArray("receivedMessages");
      if (received == null || received.isEmpty()) {
        return pulled;
      }
      for (JsonElement one : received) {
        JsonObject message = one.getAsJsonObject().getAsJsonObject("message");
        JsonObject push = new JsonObject();
        push.add("message", message);
        push.addProperty("subscription", subscription);
        pulled.add(
            new Pulled(
                message.get("messageId").getAsString(),
                one.getAsJsonObject().get("ackId").getAsString(),
                push.toString()));
      }
    }
  }

  /** Publishes the body of a request to the topic's publish method. */
  void publish(String body) throws IOException, InterruptedException {
    HttpResponse<String> answer = exchange("POST", topic + ":publish", body);
    if (answer.statusCode() != 200) {
      throw new IOException("publish to " + topic + ": " + answer.body());
    }
  }

  void ack(Pulled message) throws IOException, InterruptedException {
    send("POST", subscription + ":acknowledge", ids(message));
  }

  /** Nacks a message: it can be pulled again at once. */
  void nack(Pulled message) throws IOException, InterruptedException {
    JsonObject wanted = ids(message);
    wanted.addProperty("ackDeadlineSeconds", 0);
    send("POST", subscription + ":modifyAckDeadline", wanted);
  }

  private static JsonObject ids(Pulled message) {
    JsonArray ids = new JsonArray();
    ids.add(message.ackId());
    JsonObject wanted = new JsonObject();
    wanted.add("ackIds", ids);
    return wanted;
  }

  private JsonObject send(String method, String path, JsonObject body)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = exchange(method, path, body.toString());
    if (answer.statusCode() != 200) {
      throw new IOException(method + " " + path + ": " + answer.body());
    }
    return JsonParser.parseString(answer.body()).getAsJsonObject();
  }

  private HttpResponse<String> exchange(String method, String path, String body)
      throws IOException, InterruptedException {
    return CLIENT.send(
        HttpRequest.newBuilder(URI.create(base + path))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
