package dev.whatsit.classify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.invoker.FunctionServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every format in which an event arrives, over HTTP, through the framework's own invoker. */
class EntryPointsTest {
  private static final String TYPE = "google.cloud.pubsub.topic.v1.messagePublished";
  private static final String SOURCE = "//pubsub.googleapis.com/projects/p/topics/images";

  @TempDir Path data;

  private final HttpClient client = HttpClient.newHttpClient();
  private final EmbeddedBackend embedded = new EmbeddedBackend();
  private EmbeddedStores stores;
  private ClassifyFunction events;
  private ClassifyPushFunction pushes;
  private FunctionServer eventServer;
  private FunctionServer pushServer;

  @BeforeEach
  void start() {
    Map<String, String> settings =
        Map.of("WHATSIT_DATA", data.toString(), "CLASSIFIER", "scripted");
    stores = embedded.stores(Settings.of(settings));
    events = new ClassifyFunction(settings, embedded);
    pushes = new ClassifyPushFunction(settings, embedded);
    eventServer = FunctionServer.serve(events);
    pushServer = FunctionServer.serve(pushes);
  }

  @AfterEach
  void stop() throws IOException {
    eventServer.close();
    pushServer.close();
    events.close();
    pushes.close();
    embedded.close();
  }

  @Test
  void binaryCloudEvent_isClassified() throws Exception {
    WorkMessage message = message("binary", 10);

    assertThat(post(eventServer.uri(), payload("m-1", message), binaryHeaders("m-1")))
        .isEqualTo(200);

    assertThat(record(message).status()).isEqualTo(Status.SUCCESS);
    assertThat(record(message).messageId()).isEqualTo("m-1");
  }

  @Test
  void push_isClassified_withAndWithoutDeliveryAttempt() throws Exception {
    WorkMessage message = message("push", 10);
    JsonObject push = payload("m-3", message);
    push.addProperty("subscription", "projects/p/subscriptions/classify");

    assertThat(post(pushServer.uri(), push, "Content-Type", "application/json")).isEqualTo(204);
    push.addProperty("deliveryAttempt", 2);
    assertThat(post(pushServer.uri(), push, "Content-Type", "application/json")).isEqualTo(204);

    assertThat(record(message).status()).isEqualTo(Status.SUCCESS);
    assertThat(record(message).attempts()).isEqualTo(1);
  }

  @Test
  void transientFailure_failsTheEventAtBothEntryPoints() throws Exception {
    WorkMessage message = message("flaky", 1);

    assertThat(post(eventServer.uri(), payload("m-4", message), binaryHeaders("m-4")))
        .isEqualTo(500);
    assertThat(post(pushServer.uri(), payload("m-4", message), "Content-Type", "application/json"))
        .isEqualTo(503);

    assertThat(record(message).status()).isEqualTo(Status.QUEUED);
    assertThat(record(message).attempts()).isEqualTo(2);
  }

  @Test
  void unreadableEvent_isDeadLetteredAndAcknowledgedAtBothEntryPoints() throws Exception {
    JsonObject nonsense = new JsonObject();
    nonsense.addProperty("hello", "world");

    assertThat(post(eventServer.uri(), nonsense, binaryHeaders("m-5"))).isEqualTo(200);
    assertThat(post(pushServer.uri(), nonsense, "Content-Type", "application/json")).isEqualTo(204);

    assertThat(stores.messages().deadLetters(10)).hasSize(2);
    assertThat(stores.messages().deadLetters(10))
        .anyMatch(letter -> letter.messageId().equals("m-5"));
  }

  @Test
  void unwrappedPush_isNeitherAcknowledgedNorDeadLettered() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(pushServer.uri())
            .header("x-goog-pubsub-message-id", "m-6")
            .POST(BodyPublishers.noBody())
            .build();

    HttpResponse<String> response = client.send(request, BodyHandlers.ofString());

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("UNWRAPPED_PUSH");
    assertThat(stores.messages().deadLetters(10)).isEmpty();
  }

  @Test
  void pushFunction_ready_namesEachPart() throws Exception {
    HttpResponse<String> response =
        client.send(
            HttpRequest.newBuilder(URI.create(pushServer.uri() + "/health/ready")).build(),
            BodyHandlers.ofString());

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).contains("images", "queue", "records", "classifier");
  }

  @Test
  void construction_timesThatDoNotFollowEachOther_namesEachOfThem() {
    Map<String, String> wrong =
        Map.of(
            "MAX_ATTEMPTS", "0",
            "CLASSIFIER_DEADLINE_SECONDS", "120",
            "LEASE_SECONDS", "180");
    Map<String, String> settings = new HashMap<>(wrong);
    settings.put("CLASSIFIER", "scripted");

    assertThatThrownBy(() -> new ClassifyFunction(settings, embedded))
        .isInstanceOfSatisfying(
            InvalidSettings.class,
            e ->
                assertThat(e.problems())
                    .hasSize(3)
                    .allMatch(problem -> wrong.keySet().stream().anyMatch(problem::startsWith)));
  }

  private static JsonObject payload(String messageId, WorkMessage message) {
    JsonObject inner = new JsonObject();
    inner.add("attributes", new Gson().toJsonTree(message.toMessage().attributes()));
    inner.addProperty("messageId", messageId);
    inner.addProperty("publishTime", "2026-11-21T08:00:00Z");
    JsonObject payload = new JsonObject();
    payload.add("message", inner);
    return payload;
  }

  private static String[] binaryHeaders(String id) {
    return new String[] {
      "ce-id", id,
      "ce-specversion", "1.0",
      "ce-type", TYPE,
      "ce-source", SOURCE,
      "Content-Type", "application/json"
    };
  }

  private int post(URI uri, JsonObject body, String... headers) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .headers(headers)
            .POST(BodyPublishers.ofString(body.toString()))
            .build();
    return client.send(request, BodyHandlers.discarding()).statusCode();
  }

  private static WorkMessage message(String name, int width) {
    byte[] digest = ImageHash.newDigest().digest(name.getBytes(StandardCharsets.UTF_8));
    ImageDescription image =
        new ImageDescription(ImageHash.ofDigest(digest), ImageFormat.PNG, 100, width, 10);
    return new WorkMessage(image, 1, Instant.now());
  }

  private ImageRecord record(WorkMessage message) {
    return stores.records().find(message.image().hash(), Instant.now()).orElseThrow();
  }
}
