package dev.whatsit.batch;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.contracts.PortCalls;
import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.FetchMessage;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.batch.ItemStatus;
import dev.whatsit.domain.callback.AttemptOutcome;
import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackAttempt;
import dev.whatsit.domain.callback.CallbackClaim;
import dev.whatsit.domain.callback.CallbackClaimResult;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.CallbackStatus;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.Delivery;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.invoker.FunctionServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Over HTTP, through the framework's own invoker. */
class BatchFunctionTest {
  private static final Instant T0 = Instant.parse("2026-11-21T08:19:44.497123Z");
  private static final int MAX_BYTES = 4 * 1024 * 1024;
  private static final String URL = "https://images.example.org/cat.jpg";
  private static final Outcome CLASSIFIED =
      new Outcome.Classified(
          new Classification(
              List.of(new Annotation("cat", 0.93)),
              List.of(),
              new ClassifierIdentity("test", "1")));
  private static final Outcome FAILED =
      new Outcome.Failed(new WorkError("CORRUPT_IMAGE", "Broken.", false));

  @TempDir Path data;

  private final HttpClient client = HttpClient.newHttpClient();
  private final EmbeddedBackend embedded = new EmbeddedBackend();
  private final PortCalls ports = new PortCalls(embedded);
  private final Map<String, String> settings = new HashMap<>();
  private EmbeddedStores stores;
  private BatchFunction function;
  private FunctionServer server;

  @BeforeEach
  void start() {
    settings.put("WHATSIT_DATA", data.toString());
    settings.put("PUBLIC_URL", "https://whatsit.example.org/");
    stores = embedded.stores(Settings.of(settings));
    function = new BatchFunction(settings, ports);
    server = FunctionServer.serve(function);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    function.close();
    embedded.close();
  }

  private void restart(Map<String, String> more) throws IOException {
    stop();
    settings.putAll(more);
    start();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/batches", "/"})
  void submit_urls_isAcceptedAndEachIsAskedToBeFetched(String path) throws Exception {
    HttpResponse<String> response =
        post(
            path,
            "{\"items\": [{\"name\": \"a\", \"source_url\": \"%s\"}, {\"source_url\": \"%s?2\"}]}"
                .formatted(URL, URL));

    assertThat(response.statusCode()).isEqualTo(202);
    JsonObject batch = json(response);
    String id = batch.get("batch_id").getAsString();
    assertThat(header(response, "Location"))
        .isEqualTo("https://whatsit.example.org/v1/batches/" + id);
    assertThat(header(response, "Retry-After")).isEqualTo("1");
    assertThat(batch.get("status").getAsString()).isEqualTo("processing");
    assertThat(counts(batch)).isEqualTo("2 total, 2 pending, 0 success, 0 error, 0 canceled");
    assertThat(batch.get("completed_at").isJsonNull()).isTrue();
    JsonObject first = item(batch, 0);
    assertThat(first.get("name").getAsString()).isEqualTo("a");
    assertThat(first.get("status").getAsString()).isEqualTo("pending");
    assertThat(first.get("source_url").getAsString()).isEqualTo(URL);
    assertThat(first.get("image_hash").isJsonNull()).isTrue();
    assertThat(first.get("error").isJsonNull()).isTrue();
    assertThat(item(batch, 1).get("name").getAsString()).isEqualTo("1");
    BatchId batchId = new BatchId(id);
    assertThat(fetches())
        .containsExactlyInAnyOrder(new ItemKey(batchId, 0), new ItemKey(batchId, 1));
    assertThat(ports.take()).containsExactly("commit batches", "publish");
  }

  @Test
  void submit_hashes_areAsFinalAsTheirImagesAre() throws Exception {
    ImageHash success = ended("success", CLASSIFIED);
    ImageHash failed = ended("failed", FAILED);
    ImageHash canceled = queued("canceled");
    stores.records().cancel(canceled, T0);
    ImageHash underWay = queued("under way");
    ImageHash unknown = hash("unknown");

    JsonObject batch =
        json(post("/v1/batches", items(List.of(success, failed, canceled, underWay, unknown))));

    assertThat(counts(batch)).isEqualTo("5 total, 1 pending, 1 success, 2 error, 1 canceled");
    assertThat(statuses(batch)).containsExactly("success", "error", "canceled", "pending", "error");
    assertThat(item(batch, 0).getAsJsonArray("annotations").toString())
        .isEqualTo("[{\"index\":1,\"label\":\"cat\",\"confidence\":0.9300}]");
    assertThat(item(batch, 0).get("image_hash").getAsString()).isEqualTo(success.hex());
    assertThat(code(item(batch, 1))).isEqualTo("CORRUPT_IMAGE");
    assertThat(item(batch, 2).has("annotations")).isFalse();
    assertThat(code(item(batch, 4))).isEqualTo("IMAGE_UNKNOWN");
    assertThat(ports.take()).containsExactly("getAll images", "commit batches", "publish");
    assertThat(fetches())
        .containsExactly(new ItemKey(new BatchId(batch.get("batch_id").getAsString()), 3));
  }

  @Test
  void submit_everyImageFinalWithACallback_isAnnouncedAtOnce() throws Exception {
    String body =
        items(List.of(ended("success", CLASSIFIED)))
            .replaceFirst("\\{", "{\"callback_url\": \"https://example.org/done\", ");

    JsonObject batch = json(post("/v1/batches", body));

    assertThat(
            stores.resultSubscription().receive(10, Duration.ofMinutes(1), Instant.now()).stream()
                .map(delivery -> delivery.attributes().get("subject")))
        .containsExactly(batch.get("batch_id").getAsString());
  }

  @Test
  void read_underWay_is202UntilTheLastItemIsFinal() throws Exception {
    JsonObject submitted = json(post("/", items(List.of(queued("under way")))));
    String path = "/v1/batches/" + submitted.get("batch_id").getAsString();
    BatchItem item = stores.batches().items(batch(submitted)).get(0);

    HttpResponse<String> before = get(path);
    stores
        .batches()
        .change(item.key(), found -> found.failed(new WorkError("BROKEN", "Broken.", true), T0));
    HttpResponse<String> after = get(path);

    assertThat(before.statusCode()).isEqualTo(202);
    assertThat(header(before, "Retry-After")).isEqualTo("1");
    assertThat(json(before)).isEqualTo(submitted);
    assertThat(after.statusCode()).isEqualTo(200);
    assertThat(after.headers().firstValue("Retry-After")).isEmpty();
    assertThat(json(after).get("status").getAsString()).isEqualTo("complete");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0123456789abcdef0123456789abcdef", "no-batch", "0"})
  void read_unknown_is404(String id) throws Exception {
    assertProblem(get("/v1/batches/" + id), 404, "BATCH_NOT_FOUND");
  }

  @Test
  void submit_retentionSet_isKeptForSoLong() throws Exception {
    Map<String, String> settings =
        Map.of("WHATSIT_DATA", data.toString(), "BATCH_RETENTION_DAYS", "90");
    try (BatchFunction keeping = new BatchFunction(settings, ports);
        FunctionServer other = FunctionServer.serve(keeping)) {
      HttpResponse<String> response =
          send(
              HttpRequest.newBuilder(other.uri())
                  .header("Content-Type", "application/json")
                  .POST(
                      BodyPublishers.ofString("{\"items\": [{\"source_url\": \"" + URL + "\"}]}")));

      Batch kept = batch(json(response));
      assertThat(kept.expireAt()).isEqualTo(kept.createdAt().plus(Duration.ofDays(90)));
      assertThat(get("/" + kept.id()).statusCode()).isEqualTo(202);
    }
    assertThat(batch(json(post("/", items(List.of(queued("an image")))))).expireAt()).isNull();
  }

  @Test
  void read_expired_isNotFoundAlthoughItIsStillThere() throws Exception {
    BatchId id = BatchId.random();
    List<BatchItem> items = List.of(BatchItem.toFetch(new ItemKey(id, 0), "a", URL, T0));
    Instant past = Instant.now().minusSeconds(1);
    stores.batches().create(Batch.of(id, items, null, T0).expiring(past), items, null, T0);

    assertProblem(get("/v1/batches/" + id), 404, "BATCH_NOT_FOUND");
  }

  // Callbacks.

  @Test
  void callbacks_delivered_areShownAndRedeliveredWithTheirId() throws Exception {
    JsonObject batch = completeWithCallback();
    String path = "/v1/batches/" + batch.get("batch_id").getAsString();
    Callback told = delivered(batch);
    results();
    ports.take();

    HttpResponse<String> read = get(path + "/callbacks");
    assertThat(ports.take()).containsExactly("get batches", "query callbacks");
    HttpResponse<String> again = send(request(path + ":redeliver").POST(BodyPublishers.noBody()));

    assertThat(read.statusCode()).isEqualTo(200);
    assertThat(json(read).get("batch_id")).isEqualTo(batch.get("batch_id"));
    assertThat(json(read).get("status").getAsString()).isEqualTo("complete");
    JsonObject shown = json(read).getAsJsonArray("callbacks").get(0).getAsJsonObject();
    assertThat(shown.get("webhook_id").getAsString()).isEqualTo(told.messageId());
    assertThat(shown.get("url").getAsString()).isEqualTo("https://example.org");
    assertThat(shown.getAsJsonArray("attempts")).hasSize(1);
    assertThat(again.statusCode()).isEqualTo(202);
    assertThat(header(again, "Location"))
        .isEqualTo("https://whatsit.example.org" + path + "/callbacks");
    assertThat(again.body()).contains(told.messageId()).contains("pending");
    assertThat(ports.take())
        .containsExactly(
            "get batches", "query callbacks", "get callbacks", "commit callbacks", "publish");
    assertThat(results()).containsExactly(told.id().text());
  }

  @Test
  void redeliver_notYetAnnounced_isAcceptedAndSendsNothing() throws Exception {
    JsonObject batch = completeWithCallback();
    String path = "/v1/batches/" + batch.get("batch_id").getAsString();
    results();

    HttpResponse<String> response =
        send(request(path + ":redeliver").POST(BodyPublishers.noBody()));

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(json(response).getAsJsonArray("callbacks")).isEmpty();
    assertThat(results()).isEmpty();
  }

  @Test
  void redeliver_underWayOrWithoutCallback_isRefused() throws Exception {
    String open = id(post("/", items(List.of(queued("under way")))));
    String alone = id(post("/", items(List.of(ended("success", CLASSIFIED)))));

    assertThat(json(get("/v1/batches/" + open + "/callbacks")).getAsJsonArray("callbacks"))
        .isEmpty();
    assertProblem(
        send(request("/v1/batches/" + open + ":redeliver").POST(BodyPublishers.noBody())),
        409,
        "NOT_FINAL");
    assertProblem(
        send(request("/v1/batches/" + alone + ":redeliver").POST(BodyPublishers.noBody())),
        409,
        "NO_CALLBACKS");
    assertProblem(
        send(request("/v1/batches/none:redeliver").POST(BodyPublishers.noBody())),
        404,
        "BATCH_NOT_FOUND");
  }

  // Idempotency.

  @Test
  void submit_sameKeyAgain_isTheFirstBatchAndIsNotFetchedAgain() throws Exception {
    String body = "{\"items\": [{\"source_url\": \"" + URL + "\"}]}";

    HttpResponse<String> first = postWith("\"key-1\"", body);
    int asked = fetches().size();
    ports.take();
    HttpResponse<String> again = postWith("key-1", "  " + body.replace(": ", ":"));

    assertThat(asked).isEqualTo(1);
    assertThat(again.statusCode()).isEqualTo(202);
    assertThat(json(again)).isEqualTo(json(first));
    assertThat(header(again, "Location")).isEqualTo(header(first, "Location"));
    assertThat(ports.take())
        .containsExactly("commit batches", "getAll batches", "get batches", "getAll batch_items");
    assertThat(fetches()).isEmpty();
  }

  @Test
  void submit_queueFull_isRefusedWhereImagesMustBeFetched() throws Exception {
    String body = "{\"items\": [{\"source_url\": \"" + URL + "\"}]}";
    restart(Map.of("MAX_QUEUED", "2"));
    HttpResponse<String> first = postWith("key-1", body);
    ImageHash known = queued("known");
    queued("another");
    restart(Map.of());

    HttpResponse<String> refused = postWith("key-2", body);

    assertProblem(refused, 429, "QUEUE_FULL");
    assertThat(header(refused, "Retry-After")).isEqualTo("5");
    assertThat(stores.batches().openItems(10)).isEqualTo(1);
    assertThat(postWith("key-3", items(List.of(known))).statusCode()).isEqualTo(202);
    assertThat(json(postWith("key-1", body))).isEqualTo(json(first));
    assertProblem(postWith("key-1", items(List.of(known))), 422, "IDEMPOTENCY_KEY_REUSED");
  }

  @Test
  void submit_itemsThatWaitFillTheQueue_isRefused() throws Exception {
    String body = "{\"items\": [{\"source_url\": \"%1$s\"}, {\"source_url\": \"%1$s\"}]}";
    restart(Map.of("MAX_QUEUED", "1"));
    assertThat(post("/v1/batches", body.formatted(URL)).statusCode()).isEqualTo(202);
    assertProblem(post("/v1/batches", body.formatted(URL)), 429, "QUEUE_FULL");

    restart(Map.of());

    assertProblem(post("/v1/batches", body.formatted(URL)), 429, "QUEUE_FULL");
  }

  @Test
  void submit_sameKeyOnceItemsHaveMovedOn_isStillTheFirstAnswer() throws Exception {
    ImageHash success = ended("success", CLASSIFIED);
    ImageHash failed = ended("failed", FAILED);
    ImageHash underWay = queued("under way");
    String body =
        items(List.of(success, failed, underWay, hash("unknown")))
            .replaceFirst("\\[", "[{\"source_url\": \"" + URL + "\"}, ");
    HttpResponse<String> first = postWith("key-1", body);
    end(underWay, CLASSIFIED);
    ImageRecord record = stores.records().find(underWay, T0).orElseThrow();
    BatchId id = new BatchId(id(first));
    for (int index : List.of(0, 3)) {
      stores.batches().change(new ItemKey(id, index), item -> item.followed(record, Instant.now()));
    }
    stores.batches().change(id, batch -> batch.completed(Instant.now()));

    HttpResponse<String> again = postWith("key-1", body);

    assertThat(json(get("/v1/batches/" + id)).get("status").getAsString()).isEqualTo("complete");
    assertThat(again.statusCode()).isEqualTo(first.statusCode());
    assertThat(again.body()).isEqualTo(first.body());
    assertThat(header(again, "Location")).isEqualTo(header(first, "Location"));
    assertThat(header(again, "Retry-After")).isEqualTo(header(first, "Retry-After"));
  }

  @Test
  void submit_sameKeyOtherBody_isRefused() throws Exception {
    postWith("key-1", "{\"items\": [{\"source_url\": \"" + URL + "\"}]}");

    assertProblem(
        postWith("key-1", "{\"items\": [{\"source_url\": \"" + URL + "?2\"}]}"),
        422,
        "IDEMPOTENCY_KEY_REUSED");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\"\"", "two words", "a,b", "\"open", "back\\slash"})
  void submit_keyThatIsNone_isRefused(String key) throws Exception {
    assertProblem(
        postWith(key, "{\"items\": [{\"source_url\": \"" + URL + "\"}]}"),
        400,
        "INVALID_IDEMPOTENCY_KEY");
  }

  @Test
  void submit_keyTooLong_isRefused() throws Exception {
    String body = "{\"items\": [{\"source_url\": \"" + URL + "\"}]}";

    assertThat(postWith("k".repeat(255), body).statusCode()).isEqualTo(202);
    assertProblem(postWith("k".repeat(256), body), 400, "INVALID_IDEMPOTENCY_KEY");
  }

  // Validation errors.

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | items REQUIRED",
        "{'items': null} | items REQUIRED",
        "{'items': {}} | items WRONG_TYPE",
        "{'items': []} | items OUT_OF_RANGE",
        "[] | body WRONG_TYPE",
        "{'items': [1, null]} | items[0] WRONG_TYPE, items[1] WRONG_TYPE",
        "{'items': [{}]} | items[0] REQUIRED",
        "{'items': [{'source_url': 'https://a.example/', 'image_hash': 'HASH'}]} | items[0]"
            + " CONFLICTING",
        "{'items': [{'source_url': 7}]} | items[0].source_url WRONG_TYPE",
        "{'items': [{'source_url': 'cat.jpg'}]} | items[0].source_url SOURCE_INVALID",
        "{'items': [{'source_url': 'file:///etc/passwd'}]} | items[0].source_url SOURCE_FORBIDDEN",
        "{'items': [{'source_url': 'http://127.0.0.1/'}]} | items[0].source_url SOURCE_FORBIDDEN",
        "{'items': [{'source_url': 'https://a@b.example/'}]} | items[0].source_url"
            + " SOURCE_FORBIDDEN",
        "{'items': [{'source_url': 'https://a.example:22/'}]} | items[0].source_url"
            + " SOURCE_FORBIDDEN",
        "{'items': [{'image_hash': true}]} | items[0].image_hash WRONG_TYPE",
        "{'items': [{'image_hash': 'ABC'}]} | items[0].image_hash INVALID_HASH",
        "{'items': [{'image_hash': 'HASH', 'name': 7}]} | items[0].name WRONG_TYPE",
        "{'items': [{'image_hash': 'HASH', 'name': ''}]} | items[0].name INVALID_VALUE",
        "{'items': [{'image_hash': 'HASH', 'name': 'a\\nb'}]} | items[0].name INVALID_VALUE",
        "{'items': [{'image_hash': 'HASH', 'name': '\\u200b'}]} | items[0].name INVALID_VALUE",
        "{'items': [{'image_hash': 'HASH', 'name': 'a\\u202eb'}]} | items[0].name INVALID_VALUE",
        "{'items': [{'image_hash': 'HASH', 'name': '\\u200d'}]} | items[0].name INVALID_VALUE",
        "{'items': [{'image_hash': 'HASH', 'name': 'a\\u0378'}]} | items[0].name INVALID_VALUE",
        "{'items': [{'image_hash': 'HASH', 'name': 'a\\u2028'}]} | items[0].name INVALID_VALUE",
        "{'items': [{'image_hash': 'HASH'}], 'callback_url': 7} | callback_url WRONG_TYPE",
        "{'items': [{'image_hash': 'HASH'}], 'callback_url': 'x'} | callback_url"
            + " CALLBACK_URL_INVALID",
        "{'items': [], 'callback_url': 'http://127.0.0.1/'} | items OUT_OF_RANGE, callback_url"
            + " CALLBACK_URL_FORBIDDEN",
        "{'items': [{'image_hash': 'HASH', 'delay': 1}], 'x': 1} | items[0].delay UNKNOWN_MEMBER,"
            + " x UNKNOWN_MEMBER",
        "{'items': [{'image_hash': 'HASH', 'name': '1'}, {'image_hash': 'HASH'}]} | items[1].name"
            + " DUPLICATE_NAME",
        "{'items': [{'image_hash': 'HASH', 'name': 'a'}, {'image_hash': 'HASH', 'name': 'a'}, {}]}"
            + " | items[1].name DUPLICATE_NAME, items[2] REQUIRED",
        "{'items': [{'name': 'a', 'name': 'b'}], 'x': 1} | items[0].name GIVEN_TWICE, items[0]"
            + " REQUIRED, x UNKNOWN_MEMBER",
        "{'items': [{'image_hash': 'HASH', 'name': '\\ud800'}]} | items[0].name LONE_SURROGATE",
      })
  void submit_wrongFields_areAllNamed(String body, String expected) throws Exception {
    HttpResponse<String> response =
        post("/v1/batches", body.replace('\'', '"').replace("HASH", hash("any").hex()));

    assertProblem(response, 422, "INVALID_REQUEST");
    assertThat(wrong(response)).isEqualTo(expected);
    assertThat(ports.take()).isEmpty();
  }

  @Test
  void submit_nameOf129Characters_isRefusedAndOf128Taken() throws Exception {
    String hash = hash("any").hex();
    String body = "{\"items\": [{\"image_hash\": \"%s\", \"name\": \"%s\"}]}";

    assertThat(post("/", body.formatted(hash, "n".repeat(128))).statusCode()).isEqualTo(202);
    // The limit counts code points, not halves of surrogate pairs.
    assertThat(post("/", body.formatted(hash, "\ud83d\udc08".repeat(128))).statusCode())
        .isEqualTo(202);
    assertThat(wrong(post("/", body.formatted(hash, "n".repeat(129)))))
        .isEqualTo("items[0].name INVALID_VALUE");
  }

  @Test
  void submit_thousandItems_areTakenAndOneMoreIsNot() throws Exception {
    List<ImageHash> hashes = IntStream.range(0, 1001).mapToObj(i -> hash("image " + i)).toList();

    HttpResponse<String> max = post("/v1/batches", items(hashes.subList(0, 1000)));
    HttpResponse<String> more = post("/v1/batches", items(hashes));

    assertThat(max.statusCode()).isEqualTo(202);
    assertThat(json(max).getAsJsonArray("items")).hasSize(1000);
    assertThat(wrong(more)).isEqualTo("items OUT_OF_RANGE");
  }

  @Test
  void submit_bodyOfMoreThan4MiB_is413WithTheLimit() throws Exception {
    String empty = "{\"items\": []}";
    String max = empty + " ".repeat(MAX_BYTES - empty.length());

    assertThat(wrong(post("/", max))).isEqualTo("items OUT_OF_RANGE");
    HttpResponse<String> response = post("/", max + " ");
    assertProblem(response, 413, "BODY_TOO_LARGE");
    assertThat(json(response).get("max_bytes").getAsInt()).isEqualTo(MAX_BYTES);
  }

  /** Regression: a legal batch was refused for the size of its body. */
  @Test
  void submit_thousandItemsWithTheLongestUrlsAndNames_areTaken() throws Exception {
    String url = "https://example.com/" + "a".repeat(2048 - 20);
    String items =
        IntStream.range(1000, 2000)
            .mapToObj(
                i ->
                    "{\"name\": \""
                        + i
                        + "\ud83d\udc08".repeat(124)
                        + "\", \"source_url\": \""
                        + url
                        + "\"}")
            .collect(Collectors.joining(","));

    assertThat(post("/", "{\"items\": [" + items + "]}").statusCode()).isEqualTo(202);
  }

  /** Regression: nothing limited the bodies in memory; 16 of the largest are the most. */
  @Test
  void submit_moreLargeBodiesThanFitInMemory_is503() throws Exception {
    String head =
        "POST /v1/batches HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: "
            + MAX_BYTES
            + "\r\n\r\n";
    byte[] allButOne = " ".repeat(MAX_BYTES - 1).getBytes(StandardCharsets.US_ASCII);
    List<Socket> sockets = new ArrayList<>();
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    try {
      for (int i = 0; i < 17; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        sockets.add(socket);
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(allButOne);
        Thread reader = new Thread(() -> lines.add(firstLine(socket)));
        reader.setDaemon(true);
        reader.start();
      }
      assertThat(lines.poll(20, SECONDS)).contains(" 503");
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private static String firstLine(Socket socket) {
    try {
      InputStream in = socket.getInputStream();
      return new String(in.readNBytes("HTTP/1.1 503".length()), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Regression: the compressed body was read as text, which gave 422. */
  @Test
  void submit_encodedBody_is415() throws Exception {
    HttpResponse<String> response =
        send(
            request("/")
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofByteArray(new byte[] {0x1f, (byte) 0x8b, 8, 0})));

    assertProblem(response, 415, "UNSUPPORTED_CONTENT_ENCODING");
    assertThat(header(response, "Accept-Encoding")).isEqualTo("identity");
  }

  // Failures of ports.

  @ParameterizedTest
  @ValueSource(strings = {"getAll images", "commit batches"})
  void submit_storeAwayBeforeTheBatchIsWritten_is503AndNothingIsThere(String call)
      throws Exception {
    ports.failBefore(call);

    assertProblem(post("/", items(List.of(queued("an image")))), 503, "TEMPORARILY_UNAVAILABLE");
    assertThat(stores.batches().overdueBatches(Instant.now().plus(Duration.ofDays(1)), 10))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"get batches", "getAll batch_items"})
  void submit_readAwayOnceItIsWritten_isAcceptedAll(String call) throws Exception {
    ports.failBefore(call);

    HttpResponse<String> response = post("/", "{\"items\": [{\"source_url\": \"" + URL + "\"}]}");

    assertThat(response.statusCode()).isEqualTo(202);
    ports.failBefore("");
    JsonObject submitted = json(response);
    HttpResponse<String> read = get("/" + submitted.get("batch_id").getAsString());
    assertThat(json(read)).isEqualTo(submitted);
  }

  @Test
  void submit_queueAway_isAcceptedAndOverdueForTheSweep() throws Exception {
    ports.failBefore("publish");

    HttpResponse<String> response = post("/", "{\"items\": [{\"source_url\": \"" + URL + "\"}]}");

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(stores.batches().overdueItems(Instant.now().plus(Duration.ofMinutes(6)), 10))
        .singleElement()
        .satisfies(item -> assertThat(item.status()).isEqualTo(ItemStatus.FETCHING));
  }

  @Test
  void health_ready_namesEveryPart() throws Exception {
    HttpResponse<String> response = get("/health/ready");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).contains("records", "fetches");
  }

  @Test
  void construct_wrongSettings_namesEachOfThem() {
    assertThatThrownBy(
            () ->
                new BatchFunction(
                    Map.of(
                        "WHATSIT_DATA",
                        data.toString(),
                        "PUBLIC_URL",
                        "ftp://x",
                        "OUTBOUND_PORTS",
                        "no",
                        "BATCH_RETENTION_DAYS",
                        "59"),
                    embedded))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("PUBLIC_URL")
        .hasMessageContaining("OUTBOUND_PORTS")
        .hasMessageContaining("BATCH_RETENTION_DAYS");
  }

  // Helpers.

  private JsonObject completeWithCallback() throws Exception {
    return json(
        post(
            "/v1/batches",
            items(List.of(ended("success", CLASSIFIED)))
                .replaceFirst("\\{", "{\"callback_url\": \"https://example.org/done?x=1\", ")));
  }

  /** Registers and delivers the batch's callback, as notify would. */
  private Callback delivered(JsonObject submitted) {
    Batch batch = batch(submitted);
    Callback waiting =
        Callback.waiting(
            AnnounceBatch.subject(batch.id()),
            CallbackKind.WEBHOOK,
            Objects.requireNonNull(batch.callbackUrl()),
            T0);
    stores.callbacks().register(waiting, 1, T0);
    stores.callbacks().announce(waiting.id(), "{}", T0);
    stores.batches().change(batch.id(), found -> found.announced(T0));
    CallbackClaimResult claim =
        stores.callbacks().claim(new CallbackClaim(waiting.id(), "t", T0, T0.plusSeconds(60)));
    AttemptOutcome outcome =
        new AttemptOutcome.Settled(CallbackStatus.DELIVERED, new CallbackAttempt(T0, 204, null, 7));
    return stores
        .callbacks()
        .settle((CallbackClaimResult.Granted) claim, outcome, T0)
        .orElseThrow();
  }

  /** The callback ids of result messages; empty for a message to all subscribers. */
  private List<String> results() {
    List<String> callbacks = new ArrayList<>();
    for (Delivery delivery :
        stores.resultSubscription().receive(10, Duration.ofMinutes(1), Instant.now())) {
      callbacks.add(delivery.attributes().getOrDefault("callback", ""));
      stores.resultSubscription().acknowledge(delivery);
    }
    return callbacks;
  }

  private Batch batch(JsonObject submitted) {
    return stores
        .batches()
        .find(new BatchId(submitted.get("batch_id").getAsString()))
        .orElseThrow();
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }

  private HttpResponse<String> postWith(String key, String body) throws Exception {
    return send(
        request("/v1/batches")
            .header("Content-Type", "application/json; charset=utf-8")
            .header("Idempotency-Key", key)
            .POST(BodyPublishers.ofString(body)));
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(request(path).GET());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private List<ItemKey> fetches() {
    List<ItemKey> items = new ArrayList<>();
    for (Delivery delivery :
        stores.fetchSubscription().receive(2000, Duration.ofMinutes(1), Instant.now())) {
      items.add(FetchMessage.fromAttributes(delivery.attributes()).item());
      stores.fetchSubscription().acknowledge(delivery);
    }
    return items;
  }

  private ImageHash queued(String content) {
    ImageDescription image = new ImageDescription(hash(content), ImageFormat.PNG, 100, 10, 10);
    stores.records().createIfAbsent(ImageRecord.queued(image, "m " + content, T0), T0);
    return image.hash();
  }

  private ImageHash ended(String content, Outcome outcome) {
    ImageHash hash = queued(content);
    end(hash, outcome);
    return hash;
  }

  private void end(ImageHash hash, Outcome outcome) {
    ImageRecord record = stores.records().find(hash, T0).orElseThrow();
    ClaimResult claim =
        stores.records().claim(new Claim(record.message(), "m", "t", T0, T0.plusSeconds(150)));
    stores.records().finish((ClaimResult.Granted) claim, outcome, T0);
  }

  private static ImageHash hash(String content) {
    return ImageHash.ofDigest(
        ImageHash.newDigest().digest(content.getBytes(StandardCharsets.UTF_8)));
  }

  private static String items(List<ImageHash> hashes) {
    return hashes.stream()
        .map(hash -> "{\"image_hash\": \"" + hash + "\"}")
        .collect(Collectors.joining(", ", "{\"items\": [", "]}"));
  }

  private static JsonObject json(HttpResponse<String> response) {
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }

  private static String id(HttpResponse<String> response) {
    return json(response).get("batch_id").getAsString();
  }

  private static JsonObject item(JsonObject batch, int index) {
    return batch.getAsJsonArray("items").get(index).getAsJsonObject();
  }

  private static String code(JsonObject item) {
    return item.getAsJsonObject("error").get("code").getAsString();
  }

  private static List<String> statuses(JsonObject batch) {
    List<String> statuses = new ArrayList<>();
    for (JsonElement item : batch.getAsJsonArray("items")) {
      statuses.add(item.getAsJsonObject().get("status").getAsString());
    }
    return statuses;
  }

  private static String counts(JsonObject batch) {
    return batch.getAsJsonObject("counts").entrySet().stream()
        .map(entry -> entry.getValue() + " " + entry.getKey())
        .collect(Collectors.joining(", "));
  }

  private static String wrong(HttpResponse<String> response) {
    JsonArray errors = json(response).getAsJsonArray("errors");
    List<String> wrong = new ArrayList<>();
    for (JsonElement error : errors) {
      JsonObject field = error.getAsJsonObject();
      wrong.add(field.get("field").getAsString() + " " + field.get("code").getAsString());
    }
    return String.join(", ", wrong);
  }

  private static String header(HttpResponse<String> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private static void assertProblem(HttpResponse<String> response, int status, String code) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(header(response, "Content-Type")).startsWith("application/problem+json");
    assertThat(json(response).get("code").getAsString()).isEqualTo(code);
  }
}
