package dev.whatsit.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Batches. A real server has the images and receives the callbacks. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BatchTest {
  private final List<JsonObject> received = new CopyOnWriteArrayList<>();
  private final OutsideServer outside = new OutsideServer();
  private LocalServer server;
  private Client client;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    outside.handle(
        "/hook",
        exchange -> {
          String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
          received.add(JsonParser.parseString(body).getAsJsonObject());
          exchange.sendResponseHeaders(204, -1);
        });
    outside.handle(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath().substring(1);
          switch (path) {
            case "page" -> OutsideServer.send(exchange, "<html>Sign in</html>".getBytes(UTF_8));
            case "cut" -> OutsideServer.send(exchange, Pictures.pngHeader(16, 16));
            case "absent" -> exchange.sendResponseHeaders(404, -1);
            default -> OutsideServer.send(exchange, Pictures.png(Integer.parseInt(path)));
          }
        });
    server =
        Servers.embedded(
            data,
            "CALLBACK_SECRETS",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "OUTBOUND_ALLOW",
            "127.0.0.0/8",
            "OUTBOUND_PORTS",
            "80,443," + outside.port());
    client = new Client(server.port());
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
    outside.close();
  }

  @Test
  void batch_ofFiftyOfWhichFiveAreBroken_isCompleteWithEachOnesOwnEnd() throws Exception {
    byte[] known = Pictures.png(700);
    client.post(known);
    client.awaitFinal(Pictures.hash(known));
    JsonArray items = new JsonArray();
    for (int i = 1; i <= 44; i++) {
      items.add(item("picture " + i, "source_url", outside.url("/" + (700 + i))));
    }
    items.add(item("known", "image_hash", Pictures.hash(known)));
    items.add(item("absent", "source_url", outside.url("/absent")));
    items.add(item("page", "source_url", outside.url("/page")));
    items.add(item("cut", "source_url", outside.url("/cut")));
    items.add(item("other", "image_hash", "1".repeat(64)));
    items.add(item("unknown", "image_hash", "0".repeat(64)));

    Response accepted = submit(items, outside.url("/hook/fifty"));

    assertThat(accepted.status()).isEqualTo(202);
    String id = accepted.string("batch_id");
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
                "other", "IMAGE_UNKNOWN",
                "unknown", "IMAGE_UNKNOWN"));
    JsonObject one = batch.getAsJsonArray("items").get(6).getAsJsonObject();
    assertThat(one.get("image_hash").getAsString()).isEqualTo(Pictures.hash(Pictures.png(707)));
    assertThat(one.getAsJsonArray("annotations"))
        .isEqualTo(
            client
                .awaitFinal(Pictures.hash(Pictures.png(707)))
                .json()
                .getAsJsonArray("annotations"));
    JsonObject callback = awaitReceived(id);
    assertThat(callback.get("type").getAsString()).isEqualTo("batch.complete");
    assertThat(callback.get("counts")).isEqualTo(batch.get("counts"));
    assertThat(callback.getAsJsonArray("results")).hasSize(45);
    assertThat(callback.getAsJsonArray("errors")).hasSize(5);
    assertThat(callback.toString().getBytes(UTF_8).length).isLessThan(20_000);
  }

  @Test
  void batch_lastTwoAtOnce_isSentOnce() throws Exception {
    List<String> ids = new ArrayList<>();
    for (int round = 0; round < 5; round++) {
      JsonArray items = new JsonArray();
      items.add(item("a", "source_url", outside.url("/" + (800 + 2 * round))));
      items.add(item("b", "source_url", outside.url("/" + (801 + 2 * round))));
      ids.add(submit(items, outside.url("/hook/two")).string("batch_id"));
    }
    for (String id : ids) {
      assertThat(counts(awaitComplete(id))).contains("2 success");
      awaitReceived(id);
    }

    for (String id : ids) {
      assertThat(received(id)).hasSize(1);
    }
  }

  @Test
  void batch_sameImageSeveralTimes_isClassifiedOnceAndEndsEachItem() throws Exception {
    JsonArray items = new JsonArray();
    for (int i = 0; i < 5; i++) {
      items.add(item("copy " + i, "source_url", outside.url("/850")));
    }

    JsonObject batch = awaitComplete(submit(items, null).string("batch_id"));

    assertThat(counts(batch)).contains("5 success");
    JsonObject image = client.awaitFinal(Pictures.hash(Pictures.png(850))).json();
    assertThat(image.get("attempts").getAsInt()).isEqualTo(1);
  }

  @Test
  void batch_imageCanceled_itsItemIsCanceledAndTheBatchComplete() throws Exception {
    byte[] picture = Pictures.png(860);
    String hash = Pictures.hash(picture);
    client.submit(picture, "?delay_seconds=3600");
    JsonArray items = new JsonArray();
    items.add(item("later", "image_hash", hash));
    Response accepted = submit(items, outside.url("/hook/canceled"));
    String id = accepted.string("batch_id");
    assertThat(client.get("/v1/batches/" + id).status()).isEqualTo(202);

    Response canceled = client.cancel(hash);

    assertThat(canceled.status()).isEqualTo(200);
    assertThat(counts(awaitComplete(id)))
        .isEqualTo("1 total, 0 pending, 0 success, 0 error, 1 canceled");
    assertThat(awaitReceived(id).getAsJsonArray("errors")).hasSize(1);
    String webhookId = awaitDelivered(id, 1).get("webhook_id").getAsString();
    Response again =
        client.send("POST", "/v1/batches/" + id + ":redeliver", BodyPublishers.noBody());
    assertThat(again.status()).isEqualTo(202);
    assertThat(again.header("Location")).hasValue("/v1/batches/" + id + "/callbacks");
    assertThat(awaitDelivered(id, 2).get("webhook_id").getAsString()).isEqualTo(webhookId);
    assertThat(received(id)).hasSize(2);
  }

  @Test
  void submit_sameKeyOnceItIsComplete_isTheSameBatchAndAnswer() throws Exception {
    String body = "{\"items\": [{\"source_url\": \"" + outside.url("/870") + "\"}]}";

    Response first = send(body, "Idempotency-Key", "\"a-key\"");
    awaitComplete(first.string("batch_id"));
    Response again = send(body, "Idempotency-Key", "\"a-key\"");
    Response other = send(body.replace("870", "871"), "Idempotency-Key", "\"a-key\"");

    assertThat(again.status()).isEqualTo(202);
    assertThat(again.json()).isEqualTo(first.json());
    other.assertProblem(422, "IDEMPOTENCY_KEY_REUSED");
  }

  @Test
  void submit_wrongInManyWays_isRefusedAsDescribed() throws Exception {
    assertThat(send("{\"items\": []}").status()).isEqualTo(422);
    assertThat(send("{\"items\": [{}], \"callback_url\": \"http://10.0.0.1/\"}").status())
        .isEqualTo(422);
    assertThat(send("{").status()).isEqualTo(400);
    assertThat(send("x".repeat(4 * 1024 * 1024 + 1)).status()).isEqualTo(413);
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

  private static JsonObject item(String name, String member, String value) {
    JsonObject item = new JsonObject();
    item.addProperty("name", name);
    item.addProperty(member, value);
    return item;
  }

  private Response submit(JsonArray items, @Nullable String callbackUrl) throws Exception {
    JsonObject body = new JsonObject();
    body.add("items", items);
    if (callbackUrl != null) {
      body.addProperty("callback_url", callbackUrl);
    }
    return send(body.toString());
  }

  private Response send(String body, String... headers) throws Exception {
    return client.sendJson("POST", "/v1/batches", body, headers);
  }

  private JsonObject awaitComplete(String id) throws Exception {
    Client.await("complete", () -> client.get("/v1/batches/" + id).status() != 202);
    Response response = client.get("/v1/batches/" + id);
    assertThat(response.status()).as("%s", response).isEqualTo(200);
    return response.json();
  }

  private JsonObject awaitReceived(String id) throws Exception {
    Client.await("callback of " + id, () -> !received(id).isEmpty());
    return received(id).get(0);
  }

  private JsonObject awaitDelivered(String id, int attempts) throws Exception {
    Client.await(
        "delivered",
        () ->
            callback(id).get("status").getAsString().equals("delivered")
                && callback(id).getAsJsonArray("attempts").size() == attempts);
    return callback(id);
  }

  private JsonObject callback(String id) throws Exception {
    JsonObject all = client.get("/v1/batches/" + id + "/callbacks").json();
    return all.getAsJsonArray("callbacks").get(0).getAsJsonObject();
  }

  private List<JsonObject> received(String id) {
    return received.stream().filter(one -> one.get("batch_id").getAsString().equals(id)).toList();
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
