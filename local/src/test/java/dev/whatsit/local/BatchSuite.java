package dev.whatsit.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import dev.whatsit.invoker.FunctionServer;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Batches, on every platform. A real server has the images and receives the callbacks. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BatchSuite {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final List<JsonObject> told = new CopyOnWriteArrayList<>();
  private HttpServer outside;
  private LocalServer server;
  private Contract contract;
  private Client client;

  /** Starts the server of this platform. */
  abstract LocalServer start(Map<String, String> settings) throws Exception;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    FunctionServer.load();
    outside = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    outside.createContext(
        "/hook",
        exchange -> {
          String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
          told.add(JsonParser.parseString(body).getAsJsonObject());
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    outside.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath().substring(1);
          byte[] content =
              switch (path) {
                case "page" -> "<html>Sign in</html>".getBytes(UTF_8);
                case "cut" -> Pictures.pngHeader(16, 16);
                case "absent" -> new byte[0];
                default -> Pictures.png(Integer.parseInt(path));
              };
          exchange.sendResponseHeaders(path.equals("absent") ? 404 : 200, lengthOf(content));
          try (OutputStream out = exchange.getResponseBody()) {
            out.write(content);
          }
        });
    outside.setExecutor(Executors.newCachedThreadPool());
    outside.start();
    Map<String, String> settings = new HashMap<>();
    settings.put("WHATSIT_DATA", data.toString());
    settings.put("PORT", "0");
    settings.put("CLASSIFIER", "onnx");
    settings.put("CALLBACK_SECRETS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    settings.put("OUTBOUND_ALLOW", "127.0.0.0/8");
    settings.put("OUTBOUND_PORTS", "80,443," + outside.getAddress().getPort());
    server = start(settings);
    contract = new Contract();
    client = new Client(server.port(), contract);
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
    contract.close();
    outside.stop(0);
  }

  @Test
  void batch_ofFiftyOfWhichFiveAreBroken_isCompleteWithEachOnesOwnEnd() throws Exception {
    byte[] known = Pictures.png(700);
    client.post(known);
    client.awaitFinal(Pictures.hash(known));
    JsonArray items = new JsonArray();
    for (int i = 1; i <= 44; i++) {
      items.add(item("picture " + i, "source_url", url("/" + (700 + i))));
    }
    items.add(item("known", "image_hash", Pictures.hash(known)));
    items.add(item("absent", "source_url", url("/absent")));
    items.add(item("page", "source_url", url("/page")));
    items.add(item("cut", "source_url", url("/cut")));
    items.add(item("inside", "source_url", "http://169.254.169.254/computeMetadata/v1/"));
    items.add(item("unknown", "image_hash", "0".repeat(64)));

    HttpAnswer accepted = submit(items, url("/hook/fifty"));

    assertThat(accepted.status()).isEqualTo(202);
    String id = accepted.json().get("batch_id").getAsString();
    assertThat(accepted.header("Location")).hasValue("/v1/batches/" + id);
    assertThat(status(accepted.json(), "known")).isEqualTo("success");
    assertThat(status(accepted.json(), "unknown")).isEqualTo("error");
    JsonObject batch = awaitComplete(id);
    assertThat(counts(batch)).isEqualTo("50 total, 0 pending, 45 success, 5 error, 0 canceled");
    assertThat(errors(batch))
        .isEqualTo(
            Map.of(
                "absent", "SOURCE_STATUS",
                "page", "SOURCE_UNSUPPORTED_FORMAT",
                "cut", "CORRUPT_IMAGE",
                "inside", "SOURCE_FORBIDDEN",
                "unknown", "IMAGE_UNKNOWN"));
    JsonObject one = batch.getAsJsonArray("items").get(6).getAsJsonObject();
    assertThat(one.get("image_hash").getAsString()).isEqualTo(Pictures.hash(Pictures.png(707)));
    assertThat(one.getAsJsonArray("annotations"))
        .isEqualTo(
            client
                .awaitFinal(Pictures.hash(Pictures.png(707)))
                .json()
                .getAsJsonArray("annotations"));
    JsonObject callback = awaitTold(id);
    assertThat(callback.get("type").getAsString()).isEqualTo("batch.complete");
    assertThat(callback.get("counts")).isEqualTo(batch.get("counts"));
    assertThat(callback.getAsJsonArray("results")).hasSize(45);
    assertThat(callback.getAsJsonArray("errors")).hasSize(5);
    assertThat(callback.toString().getBytes(UTF_8).length).isLessThan(20_000);
  }

  @Test
  void batch_lastTwoAtOnce_isToldOnce() throws Exception {
    List<String> ids = new ArrayList<>();
    for (int round = 0; round < 5; round++) {
      JsonArray items = new JsonArray();
      items.add(item("a", "source_url", url("/" + (800 + 2 * round))));
      items.add(item("b", "source_url", url("/" + (801 + 2 * round))));
      ids.add(submit(items, url("/hook/two")).json().get("batch_id").getAsString());
    }
    for (String id : ids) {
      assertThat(counts(awaitComplete(id))).contains("2 success");
      awaitTold(id);
    }

    for (String id : ids) {
      assertThat(told(id)).hasSize(1);
    }
  }

  @Test
  void batch_sameImageSeveralTimes_isClassifiedOnceAndEndsEachItem() throws Exception {
    JsonArray items = new JsonArray();
    for (int i = 0; i < 5; i++) {
      items.add(item("copy " + i, "source_url", url("/850")));
    }

    JsonObject batch = awaitComplete(submit(items, null).json().get("batch_id").getAsString());

    assertThat(counts(batch)).contains("5 success");
    JsonObject image = client.awaitFinal(Pictures.hash(Pictures.png(850))).json();
    assertThat(image.get("attempts").getAsInt()).isEqualTo(1);
  }

  @Test
  void batch_imageCanceled_itsItemIsCanceledAndTheBatchComplete() throws Exception {
    byte[] picture = Pictures.png(860);
    String hash = Pictures.hash(picture);
    client.send("POST", "/v1/images?delay_seconds=3600", BodyPublishers.ofByteArray(picture));
    JsonArray items = new JsonArray();
    items.add(item("later", "image_hash", hash));
    HttpAnswer accepted = submit(items, url("/hook/canceled"));
    String id = accepted.json().get("batch_id").getAsString();
    assertThat(client.get("/v1/batches/" + id).status()).isEqualTo(202);

    HttpAnswer canceled =
        client.send(
            "PATCH",
            "/v1/images/" + hash,
            BodyPublishers.ofString("{\"status\": \"canceled\"}"),
            "Content-Type",
            "application/json");

    assertThat(canceled.status()).isEqualTo(200);
    assertThat(counts(awaitComplete(id)))
        .isEqualTo("1 total, 0 pending, 0 success, 0 error, 1 canceled");
    assertThat(awaitTold(id).getAsJsonArray("errors")).hasSize(1);
    String webhookId = awaitDelivered(id, 1).get("webhook_id").getAsString();
    HttpAnswer again =
        client.send("POST", "/v1/batches/" + id + ":redeliver", BodyPublishers.noBody());
    assertThat(again.status()).isEqualTo(202);
    assertThat(again.header("Location")).hasValue("/v1/batches/" + id + "/callbacks");
    assertThat(awaitDelivered(id, 2).get("webhook_id").getAsString()).isEqualTo(webhookId);
    assertThat(told(id)).hasSize(2);
  }

  @Test
  void submit_sameKeyOnceItIsComplete_isTheSameBatchAndAnswer() throws Exception {
    String body = "{\"items\": [{\"source_url\": \"" + url("/870") + "\"}]}";

    HttpAnswer first = send(body, "Idempotency-Key", "\"a-key\"");
    awaitComplete(first.json().get("batch_id").getAsString());
    HttpAnswer again = send(body, "Idempotency-Key", "\"a-key\"");
    HttpAnswer other = send(body.replace("870", "871"), "Idempotency-Key", "\"a-key\"");

    assertThat(again.status()).isEqualTo(202);
    assertThat(again.json()).isEqualTo(first.json());
    assertThat(other.status()).isEqualTo(422);
    assertThat(other.code()).isEqualTo("IDEMPOTENCY_KEY_REUSED");
  }

  @Test
  void submit_wrongInManyWays_isRefusedAsDescribed() throws Exception {
    assertThat(send("{\"items\": []}").status()).isEqualTo(422);
    assertThat(send("{\"items\": [{}], \"callback_url\": \"http://10.0.0.1/\"}").status())
        .isEqualTo(422);
    assertThat(send("{").status()).isEqualTo(400);
    assertThat(send("x".repeat(1024 * 1024 + 1)).status()).isEqualTo(413);
    assertThat(
            client
                .send("POST", "/v1/batches", BodyPublishers.ofString("{}"), "Content-Type", "a/b")
                .status())
        .isEqualTo(415);
    assertThat(send("{}", "Content-Encoding", "gzip").code())
        .isEqualTo("UNSUPPORTED_CONTENT_ENCODING");
    assertThat(client.get("/v1/batches").status()).isEqualTo(405);
    assertThat(client.get("/v1/batches/" + "0".repeat(32)).status()).isEqualTo(404);
    assertThat(client.get("/v1/batches/none").status()).isEqualTo(404);
    assertThat(client.get("/v1/batches/none/callbacks").code()).isEqualTo("BATCH_NOT_FOUND");
    assertThat(client.send("OPTIONS", "/v1/batches", BodyPublishers.noBody()).status())
        .isEqualTo(204);
  }

  private static long lengthOf(byte[] content) {
    return content.length == 0 ? -1 : content.length;
  }

  private String url(String path) {
    return "http://127.0.0.1:" + outside.getAddress().getPort() + path;
  }

  private static JsonObject item(String name, String member, String value) {
    JsonObject item = new JsonObject();
    item.addProperty("name", name);
    item.addProperty(member, value);
    return item;
  }

  private HttpAnswer submit(JsonArray items, @Nullable String callbackUrl) throws Exception {
    JsonObject body = new JsonObject();
    body.add("items", items);
    if (callbackUrl != null) {
      body.addProperty("callback_url", callbackUrl);
    }
    return send(body.toString());
  }

  private HttpAnswer send(String body, String... headers) throws Exception {
    List<String> all = new ArrayList<>(List.of(headers));
    all.addAll(List.of("Content-Type", "application/json"));
    return client.send(
        "POST", "/v1/batches", BodyPublishers.ofString(body), all.toArray(String[]::new));
  }

  /** Polls until the batch is complete. */
  private JsonObject awaitComplete(String id) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    HttpAnswer answer = client.get("/v1/batches/" + id);
    while (answer.status() == 202 && System.nanoTime() < deadline) {
      pause();
      answer = client.get("/v1/batches/" + id);
    }
    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    return answer.json();
  }

  private JsonObject awaitTold(String id) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (told(id).isEmpty() && System.nanoTime() < deadline) {
      pause();
    }
    assertThat(told(id)).as("callback of %s", id).isNotEmpty();
    return told(id).get(0);
  }

  private JsonObject awaitDelivered(String id, int attempts) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    JsonObject callback;
    boolean delivered;
    do {
      pause();
      JsonArray all =
          client.get("/v1/batches/" + id + "/callbacks").json().getAsJsonArray("callbacks");
      callback = all.get(0).getAsJsonObject();
      delivered =
          callback.get("status").getAsString().equals("delivered")
              && callback.getAsJsonArray("attempts").size() == attempts;
    } while (!delivered && System.nanoTime() < deadline);
    assertThat(delivered).as("%s", callback).isTrue();
    return callback;
  }

  private List<JsonObject> told(String id) {
    return told.stream().filter(one -> one.get("batch_id").getAsString().equals(id)).toList();
  }

  /** Pauses between polls, like a client; no assertion depends on it. */
  private static void pause() {
    LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
  }

  private static String status(JsonObject batch, String name) {
    for (JsonElement element : batch.getAsJsonArray("items")) {
      JsonObject item = element.getAsJsonObject();
      if (item.get("name").getAsString().equals(name)) {
        return item.get("status").getAsString();
      }
    }
    throw new AssertionError("no item " + name);
  }

  private static Map<String, String> errors(JsonObject batch) {
    Map<String, String> errors = new TreeMap<>();
    for (JsonElement element : batch.getAsJsonArray("items")) {
      JsonObject item = element.getAsJsonObject();
      if (item.get("status").getAsString().equals("error")) {
        errors.put(
            item.get("name").getAsString(),
            item.getAsJsonObject("error").get("code").getAsString());
      }
    }
    return errors;
  }

  private static String counts(JsonObject batch) {
    List<String> counts = new ArrayList<>();
    batch
        .getAsJsonObject("counts")
        .entrySet()
        .forEach(count -> counts.add(count.getValue() + " " + count.getKey()));
    return String.join(", ", counts);
  }
}
