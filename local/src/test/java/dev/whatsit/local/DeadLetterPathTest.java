package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
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
import dev.whatsit.invoker.FunctionServer;
import dev.whatsit.local.push.PushPolicy;
import dev.whatsit.local.push.PushSubscriptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
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

  private static final int MAX_ATTEMPTS = 5;
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private LocalServer server;
  private Contract contract;
  private Client client;
  private Map<String, String> settings;
  private Backend backend;
  private RecordStore records;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    FunctionServer.load();
    server =
        Emulated.start(
            Map.of(
                "WHATSIT_DATA",
                data.toString(),
                "PORT",
                "0",
                "CLASSIFIER",
                "steered",
                "MAX_ATTEMPTS",
                Integer.toString(MAX_ATTEMPTS),
                "DISPATCH_CONCURRENCY",
                "4"),
            PUB_SUB,
            FIRESTORE);
    contract = new Contract();
    client = new Client(server.port(), contract);
    settings = server.functionSettings();
    backend = Backends.choose(Settings.of(settings));
    records = new RecordStore(backend.documents(Settings.of(settings)).orElseThrow());
  }

  @AfterAll
  void stop() throws Exception {
    Backends.close(backend);
    server.close();
    contract.close();
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
    long told = deliveries("dead-letter", "acknowledged");

    assertThat(client.post(picture).status()).isEqualTo(202);

    HttpAnswer failed = client.awaitIllustrated(hash);
    assertThat(failed.json().get("status").getAsString()).isEqualTo("error");
    assertThat(failed.json().get("attempts").getAsInt()).isEqualTo(MAX_ATTEMPTS);
    JsonObject error = failed.json().getAsJsonObject("error");
    assertThat(error.get("code").getAsString()).isEqualTo("ATTEMPTS_EXHAUSTED");
    assertThat(error.get("retryable").getAsBoolean()).isTrue();
    assertThat(SteeredProvider.asked(hash)).isEqualTo(MAX_ATTEMPTS);
    JsonObject letter = letterAbout(hash);
    assertThat(letter.get("run").getAsString()).isEqualTo("1");
    assertThat(letter.get(DeadLetterMessage.REASON).getAsString())
        .contains("no result after " + MAX_ATTEMPTS + " attempts");
    // The function dead-letter gets the message too, and does not change the final record.
    await(() -> deliveries("dead-letter", "acknowledged") > told);
    assertThat(client.get("/v1/images/" + hash).header("ETag")).isEqualTo(failed.header("ETag"));

    SteeredProvider.mend(hash);
    assertThat(retry(hash).status()).isEqualTo(202);

    JsonObject done = client.awaitFinal(hash).json();
    assertThat(done.get("status").getAsString()).isEqualTo("success");
    assertThat(done.get("run").getAsInt()).isEqualTo(2);
    assertThat(done.get("attempts").getAsInt()).isEqualTo(1);
    assertThat(SteeredProvider.asked(hash)).isEqualTo(MAX_ATTEMPTS + 1);
  }

  @Test
  void duplicates_whileOneIsAtWork_areHeldAndBurnNoAttempt() throws Exception {
    byte[] picture = Pictures.png(302);
    String hash = Pictures.hash(picture);
    SteeredProvider.hold(hash);
    client.post(picture);
    await(() -> SteeredProvider.asked(hash) == 1);
    ImageRecord held = records.find(new ImageHash(hash), Instant.now()).orElseThrow();
    String messageId = String.valueOf(held.messageId());
    WorkMessage message = new WorkMessage(held.image(), 1, Instant.now());
    MessageQueue queue = backend.messages(Settings.of(settings), Set.of(Topic.WORK)).orElseThrow();
    long acknowledged = deliveries("classify", "acknowledged");

    // Other messages with the same work: each is acked, because the first one holds the lease.
    for (int i = 0; i < 2 * MAX_ATTEMPTS; i++) {
      queue.publish(Topic.WORK, message.toMessage());
    }
    await(() -> deliveries("classify", "acknowledged") >= acknowledged + 2 * MAX_ATTEMPTS);
    // Duplicate deliveries of the same message, as by Pub/Sub: they are nacked.
    for (int i = 0; i < 2 * MAX_ATTEMPTS; i++) {
      assertThat(push(messageId, message).statusCode()).isEqualTo(503);
    }

    assertThat(SteeredProvider.asked(hash)).isEqualTo(1);
    SteeredProvider.letGo(hash);
    JsonObject done = client.awaitFinal(hash).json();
    assertThat(done.get("status").getAsString()).isEqualTo("success");
    assertThat(done.get("attempts").getAsInt()).isEqualTo(1);
    assertThat(SteeredProvider.asked(hash)).isEqualTo(1);
    // Now the message is a duplicate of finished work, and is acked.
    assertThat(push(messageId, message).statusCode()).isEqualTo(204);
    assertThat(SteeredProvider.asked(hash)).isEqualTo(1);
  }

  @Test
  void endpoint_failsAlways_pubSubItselfGivesUpAndTheRecordSaysSo() throws Exception {
    byte[] picture = Pictures.png(303);
    ImageDescription image = TasksSuite.describe(picture);
    String hash = image.hash().hex();
    backend.images(Settings.of(settings)).orElseThrow().putIfAbsent(image, ImageBytes.of(picture));
    Instant now = Instant.now();
    records.createIfAbsent(ImageRecord.queued(image, "m", now), now);
    AtomicInteger deliveries = new AtomicInteger();
    HttpServer broken =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    broken.createContext(
        "/",
        exchange -> {
          deliveries.incrementAndGet();
          exchange.sendResponseHeaders(500, -1);
          exchange.close();
        });
    broken.start();
    try {
      PushSubscriptions subscriptions =
          new PushSubscriptions(PUB_SUB.hostPort(), setting("GOOGLE_CLOUD_PROJECT"));
      subscriptions.topic("never-answered");
      subscriptions.subscribe(
          "never-answered",
          "never-answered",
          URI.create("http://127.0.0.1:" + broken.getAddress().getPort() + "/"),
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
      assertThat(SteeredProvider.asked(hash)).isZero();
    } finally {
      broken.stop(0);
    }

    assertThat(retry(hash).status()).isEqualTo(202);

    JsonObject done = client.awaitFinal(hash).json();
    assertThat(done.get("status").getAsString()).isEqualTo("success");
    assertThat(done.get("run").getAsInt()).isEqualTo(2);
  }

  private HttpAnswer retry(String hash) throws Exception {
    return client.send("POST", "/v1/images/" + hash + ":retry", BodyPublishers.noBody());
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
    long deadline = System.nanoTime() + PATIENCE.toNanos();
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
    HttpResponse<String> answer =
        HTTP.send(
            HttpRequest.newBuilder(URI.create("http://" + PUB_SUB.hostPort() + "/v1/" + path))
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JsonParser.parseString(answer.body()).getAsJsonObject();
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("waited for " + PATIENCE).isLessThan(deadline);
      // Pauses between polls; no assertion depends on it.
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }
}
