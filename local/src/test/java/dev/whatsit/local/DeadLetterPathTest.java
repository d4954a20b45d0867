package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.local.push.PushPolicy;
import dev.whatsit.local.push.PushSubscriptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Dead-lettering and retry, with Pub/Sub's own deliveries and dead-letter policy. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeadLetterPathTest {
  @RegisterExtension
  static final EmulatorExtension PUB_SUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final int MAX_ATTEMPTS = 3;
  private static final Duration TIMEOUT = Duration.ofSeconds(90);
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private LocalServer server;
  private Client client;
  private Map<String, String> settings;
  private Backend backend;
  private RecordStore records;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    server =
        Servers.onEmulators(
            PUB_SUB,
            FIRESTORE,
            data,
            "CLASSIFIER",
            "steered",
            "MAX_ATTEMPTS",
            Integer.toString(MAX_ATTEMPTS),
            "DISPATCH_CONCURRENCY",
            "4");
    client = new Client(server.port());
    settings = server.functionSettings();
    backend = Backends.choose(Settings.of(settings));
    records = new RecordStore(backend.documents(Settings.of(settings)).orElseThrow());
  }

  @AfterAll
  void stop() throws Exception {
    Backends.close(backend);
    server.close();
  }

  @Test
  void claims_allFail_endAsDeadLetterAndErrorUntilARetryOnceTheCauseIsGone() throws Exception {
    byte[] picture = Pictures.png(301);
    String hash = Pictures.hash(picture);
    SteeredProvider.fail(hash);
    rest(
        "PUT",
        name("subscriptions", "letters"),
        "{\"topic\": \"" + name("topics", setting("DEAD_LETTER_TOPIC")) + "\"}");
    long before = deliveries("dead-letter", "acknowledged");

    assertThat(client.post(picture).status()).isEqualTo(202);

    Response failed = client.awaitIllustrated(hash);
    assertThat(failed.string("status")).isEqualTo("error");
    assertThat(failed.integer("attempts")).isEqualTo(MAX_ATTEMPTS);
    JsonObject error = failed.json().getAsJsonObject("error");
    assertThat(error.get("code").getAsString()).isEqualTo("ATTEMPTS_EXHAUSTED");
    assertThat(error.get("retryable").getAsBoolean()).isTrue();
    assertThat(SteeredProvider.calls(hash)).isEqualTo(MAX_ATTEMPTS);
    JsonObject letter = letterAbout(hash);
    assertThat(letter.get("run").getAsString()).isEqualTo("1");
    assertThat(letter.get(DeadLetterMessage.REASON).getAsString())
        .contains("no result after " + MAX_ATTEMPTS + " attempts");
    // The function dead-letter gets the message too, and does not change the final record.
    Client.await("deliveries", () -> deliveries("dead-letter", "acknowledged") > before);
    assertThat(client.get("/v1/images/" + hash).header("ETag")).isEqualTo(failed.header("ETag"));

    SteeredProvider.repair(hash);
    assertThat(client.retry(hash).status()).isEqualTo(202);

    JsonObject done = client.awaitFinal(hash).json();
    assertThat(done.get("status").getAsString()).isEqualTo("success");
    assertThat(done.get("run").getAsInt()).isEqualTo(2);
    assertThat(done.get("attempts").getAsInt()).isEqualTo(1);
    assertThat(SteeredProvider.calls(hash)).isEqualTo(MAX_ATTEMPTS + 1);
  }

  @Test
  void duplicates_whileOneIsClassified_areNotCountedAsAttempts() throws Exception {
    byte[] picture = Pictures.png(302);
    String hash = Pictures.hash(picture);
    SteeredProvider.hold(hash);
    client.post(picture);
    Client.await("classified", () -> SteeredProvider.calls(hash) == 1);
    ImageRecord held = records.find(new ImageHash(hash), Instant.now()).orElseThrow();
    String messageId = String.valueOf(held.messageId());
    WorkMessage message = new WorkMessage(held.image(), 1, Instant.now());
    MessageQueue queue = backend.messages(Settings.of(settings), Set.of(Topic.WORK)).orElseThrow();
    long acknowledged = deliveries("classify", "acknowledged");

    // Other messages with the same work: each is acked, because the first one holds the lease.
    for (int i = 0; i < 2 * MAX_ATTEMPTS; i++) {
      queue.publish(Topic.WORK, message.toMessage());
    }
    Client.await(
        "deliveries",
        () -> deliveries("classify", "acknowledged") >= acknowledged + 2 * MAX_ATTEMPTS);
    // Duplicate deliveries of the same message, as by Pub/Sub: they are nacked.
    for (int i = 0; i < 2 * MAX_ATTEMPTS; i++) {
      assertThat(push(messageId, message).statusCode()).isEqualTo(503);
    }

    assertThat(SteeredProvider.calls(hash)).isEqualTo(1);
    SteeredProvider.release(hash);
    JsonObject done = client.awaitFinal(hash).json();
    assertThat(done.get("status").getAsString()).isEqualTo("success");
    assertThat(done.get("attempts").getAsInt()).isEqualTo(1);
    assertThat(SteeredProvider.calls(hash)).isEqualTo(1);
    // Now the message is a duplicate of finished work, and is acked.
    assertThat(push(messageId, message).statusCode()).isEqualTo(204);
    assertThat(SteeredProvider.calls(hash)).isEqualTo(1);
  }

  @Test
  void endpoint_failsAlways_pubSubDeadLettersItAndTheRecordIsAnError() throws Exception {
    byte[] picture = Pictures.png(303);
    ImageDescription image = TasksTest.describe(picture);
    String hash = image.hash().hex();
    backend.images(Settings.of(settings)).orElseThrow().putIfAbsent(image, ImageBytes.of(picture));
    Instant now = Instant.now();
    records.createIfAbsent(ImageRecord.queued(image, "m", now), now);
    AtomicInteger deliveries = new AtomicInteger();
    try (OutsideServer broken = new OutsideServer()) {
      String endpoint =
          broken.at(
              exchange -> {
                deliveries.incrementAndGet();
                exchange.sendResponseHeaders(500, -1);
              });
      PushSubscriptions subscriptions =
          new PushSubscriptions(PUB_SUB.hostPort(), setting("GOOGLE_CLOUD_PROJECT"));
      subscriptions.topic("never-answered");
      subscriptions.subscribe(
          "never-answered",
          "never-answered",
          URI.create(endpoint),
          new PushPolicy(
              Duration.ofSeconds(10),
              Duration.ZERO,
              Duration.ofSeconds(1),
              setting("DEAD_LETTER_TOPIC"),
              5));
      Map<String, String> other = new HashMap<>(settings);
      other.put("WORK_TOPIC", "never-answered");

      backend
          .messages(Settings.of(other), Set.of(Topic.WORK))
          .orElseThrow()
          .publish(Topic.WORK, new WorkMessage(image, 1, now).toMessage());

      JsonObject failed = client.awaitFinal(hash).json();
      assertThat(failed.get("status").getAsString()).isEqualTo("error");
      assertThat(failed.getAsJsonObject("error").get("code").getAsString()).isEqualTo("GIVEN_UP");
      assertThat(failed.get("attempts").getAsInt()).isZero();
      assertThat(deliveries).hasValue(5);
      assertThat(SteeredProvider.calls(hash)).isZero();
    }

    assertThat(client.retry(hash).status()).isEqualTo(202);

    JsonObject done = client.awaitFinal(hash).json();
    assertThat(done.get("status").getAsString()).isEqualTo("success");
    assertThat(done.get("run").getAsInt()).isEqualTo(2);
  }

  /** How many deliveries to a function had this result. */
  private long deliveries(String function, String result) throws Exception {
    Matcher counted =
        Pattern.compile(
                "whatsit_deliveries_total\\{function=\""
                    + function
                    + "\",result=\""
                    + result
                    + "\"\\} ([0-9.E]+)")
            .matcher(client.get("/metrics").text());
    return counted.find() ? (long) Double.parseDouble(counted.group(1)) : 0;
  }

  /** Sends a message to the subscription's push endpoint, as Pub/Sub does. */
  private HttpResponse<String> push(String messageId, WorkMessage message) throws Exception {
    String endpoint =
        rest("GET", name("subscriptions", "whatsit-classify"), "")
            .getAsJsonObject("pushConfig")
            .get("pushEndpoint")
            .getAsString();
    JsonObject attributes = new JsonObject();
    message.toMessage().attributes().forEach(attributes::addProperty);
    JsonObject inner = new JsonObject();
    inner.addProperty("messageId", messageId);
    inner.add("attributes", attributes);
    JsonObject body = new JsonObject();
    body.add("message", inner);
    body.addProperty("subscription", name("subscriptions", "whatsit-classify"));
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(endpoint))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.toString()))
            .build(),
        BodyHandlers.ofString());
  }

  /** The attributes of the first dead letter about an image. */
  private JsonObject letterAbout(String hash) throws Exception {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (System.nanoTime() < deadline) {
      JsonArray received =
          rest("POST", name("subscriptions", "letters") + ":pull", "{\"maxMessages\": 100}")
              .getAsJsonArray("receivedMessages");
      for (JsonElement one : received == null ? new JsonArray() : received) {
        JsonObject attributes =
            one.getAsJsonObject().getAsJsonObject("message").getAsJsonObject("attributes");
        if (attributes.get("image_hash").getAsString().equals(hash)) {
          return attributes;
        }
      }
    }
    throw new AssertionError("no dead letter about " + hash);
  }

  private String setting(String name) {
    return Objects.requireNonNull(settings.get(name), name);
  }

  private String name(String kind, String id) {
    return "projects/" + setting("GOOGLE_CLOUD_PROJECT") + "/" + kind + "/" + id;
  }

  /** Uses the REST API, which the emulator serves too. */
  private static JsonObject rest(String method, String path, String body) throws Exception {
    HttpResponse<String> response =
        HTTP.send(
            HttpRequest.newBuilder(URI.create("http://" + PUB_SUB.hostPort() + "/v1/" + path))
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }
}
