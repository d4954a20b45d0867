package dev.whatsit.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reads what Google's own emulator pushes to an HTTP server. */
class EmulatorPushTest {
  @RegisterExtension
  static final EmulatorExtension PUB_SUB = EmulatorExtension.of(Emulator.PUB_SUB);

  private static final long PATIENCE_SECONDS = 30;

  private final HttpClient client = HttpClient.newHttpClient();
  private final BlockingQueue<byte[]> bodies = new LinkedBlockingQueue<>();
  private final AtomicInteger toFail = new AtomicInteger();
  private final String topic = "work-" + UUID.randomUUID();
  private HttpServer server;

  @BeforeEach
  void open() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            bodies.add(exchange.getRequestBody().readAllBytes());
            int status = toFail.getAndUpdate(left -> Math.max(0, left - 1)) > 0 ? 500 : 204;
            exchange.sendResponseHeaders(status, -1);
          }
        });
    server.start();
    send("PUT", "topics/" + topic, "{}");
  }

  @AfterEach
  void close() throws Exception {
    send("DELETE", "subscriptions/" + topic, "");
    server.stop(0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'attributes':{'image_hash':'ab','run':'1'}}",
        "{'attributes':{'image_hash':'ab','run':'1'},'data':''}",
        "{'attributes':{'image_hash':'ab','run':'1'},'data':'aGk='}",
        "{'attributes':{'a':'','größe':'🐈 <\\\" \\n'}}",
        "{'attributes':{'a':'b'},'orderingKey':'k'}",
        "{'data':'aGk='}"
      },
      quoteCharacter = '`')
  void push_asTheEmulatorSendsIt_isReadAtBothDoors(String published) throws Exception {
    JsonObject message = JsonParser.parseString(published.replace('\'', '"')).getAsJsonObject();
    subscribe("{}");

    String id = publish(message);
    byte[] body = delivered();

    ReceivedMessage expected = new ReceivedMessage(id, attributes(message));
    assertThat(EventReader.fromPush(body)).isEqualTo(expected);
    // Eventarc's CloudEvent has the same object as its data (MessagePublishedData).
    assertThat(
            EventReader.fromCloudEvent(
                CloudEventBuilder.v1()
                    .withId("event-1")
                    .withSource(URI.create("//pubsub.googleapis.com/projects/p/topics/work"))
                    .withType("google.cloud.pubsub.topic.v1.messagePublished")
                    .withData("application/json", body)
                    .build()))
        .isEqualTo(expected);
  }

  @Test
  void push_refused_comesAgainAsTheSameMessage() throws Exception {
    toFail.set(2);
    subscribe("{}");

    String id = publish(JsonParser.parseString("{\"attributes\":{\"a\":\"b\"}}").getAsJsonObject());

    for (int i = 0; i < 3; i++) {
      assertThat(EventReader.fromPush(delivered()))
          .isEqualTo(new ReceivedMessage(id, Map.of("a", "b")));
    }
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void push_unwrapped_isUnreadableAndSaysWhy(boolean writeMetadata) throws Exception {
    subscribe("{\"noWrapper\":{\"writeMetadata\":" + writeMetadata + "}}");

    publish(JsonParser.parseString("{\"attributes\":{\"a\":\"b\"}}").getAsJsonObject());
    byte[] body = delivered();

    assertThat(body).isEmpty();
    assertThatThrownBy(() -> EventReader.fromPush(body))
        .isInstanceOf(UnreadableMessage.class)
        .hasMessageContaining("unwrapped");
  }

  private byte[] delivered() throws InterruptedException {
    byte[] body = bodies.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (body == null) {
      throw new AssertionError("nothing was pushed");
    }
    return body;
  }

  private void subscribe(String pushConfig) throws Exception {
    JsonObject push = JsonParser.parseString(pushConfig).getAsJsonObject();
    push.addProperty("pushEndpoint", "http://127.0.0.1:" + server.getAddress().getPort() + "/");
    JsonObject subscription = new JsonObject();
    subscription.addProperty("topic", "projects/whatsit-events/topics/" + topic);
    subscription.add("pushConfig", push);
    send("PUT", "subscriptions/" + topic, subscription.toString());
  }

  private String publish(JsonObject message) throws Exception {
    String answer =
        send("POST", "topics/" + topic + ":publish", "{\"messages\":[" + message + "]}");
    return JsonParser.parseString(answer)
        .getAsJsonObject()
        .getAsJsonArray("messageIds")
        .get(0)
        .getAsString();
  }

  private String send(String method, String path, String body)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://" + PUB_SUB.hostPort() + "/v1/projects/whatsit-events/" + path);
    HttpResponse<String> response =
        client.send(
            HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
    assertThat(response.statusCode()).as("%s %s: %s", method, path, response.body()).isEqualTo(200);
    return response.body();
  }

  private static Map<String, String> attributes(JsonObject message) {
    Map<String, String> attributes = new HashMap<>();
    if (message.has("attributes")) {
      message
          .getAsJsonObject("attributes")
          .entrySet()
          .forEach(entry -> attributes.put(entry.getKey(), entry.getValue().getAsString()));
    }
    return attributes;
  }
}
