package dev.whatsit.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.contracts.PortCalls;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.Delivery;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.http.EntityTags;
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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Over HTTP, through the framework's own invoker. */
class ControlFunctionTest {
  private static final Instant T0 = Instant.parse("2026-11-21T08:19:44.497Z");
  private static final Outcome FAILED =
      new Outcome.Failed(new WorkError("ATTEMPTS_EXHAUSTED", "No result.", true));
  private static final Outcome CLASSIFIED =
      new Outcome.Classified(
          new Classification(List.of(), List.of(), new ClassifierIdentity("test", "1")));

  @TempDir Path data;

  private final HttpClient client = HttpClient.newHttpClient();
  private final EmbeddedBackend embedded = new EmbeddedBackend();
  private final PortCalls ports = new PortCalls(embedded);
  private EmbeddedStores stores;
  private ControlFunction function;
  private FunctionServer server;

  @BeforeEach
  void start() {
    Map<String, String> settings =
        Map.of("WHATSIT_DATA", data.toString(), "PUBLIC_URL", "https://images.example.org/");
    stores = embedded.stores(Settings.of(settings));
    function = new ControlFunction(settings, ports);
    server = FunctionServer.serve(function);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    function.close();
    embedded.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/images/", "/"})
  void retry_failedImage_startsTheNextRunWithItsMessageInTheQueue(String prefix) throws Exception {
    ImageHash hash = ended("failed" + prefix.length(), FAILED);

    HttpResponse<String> response = send("POST", prefix + hash + ":retry");

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(header(response, "Location"))
        .isEqualTo("https://images.example.org/v1/images/" + hash);
    assertThat(header(response, "Retry-After")).isEqualTo("1");
    JsonObject image = json(response);
    assertThat(image.get("status").getAsString()).isEqualTo("queued");
    assertThat(image.get("run").getAsInt()).isEqualTo(2);
    assertThat(image.get("attempts").getAsInt()).isZero();
    assertThat(image.get("error").isJsonNull()).isTrue();
    assertThat(image.has("image_url")).isFalse();
    Delivery delivery = onlyDelivery();
    WorkMessage message = WorkMessage.fromAttributes(delivery.attributes());
    assertThat(message.run()).isEqualTo(2);
    assertThat(message.submittedAt()).isEqualTo(T0);
    ImageRecord record = record(hash);
    assertThat(record.status()).isEqualTo(Status.QUEUED);
    assertThat(record.messageId()).isEqualTo(delivery.messageId());
    assertThat(record.createdAt()).isEqualTo(T0);
    assertThat(ports.take())
        .containsExactly("get images", "commit images", "publish", "get images", "commit images");
  }

  @Test
  void retry_success_runsAgainToo() throws Exception {
    ImageHash hash = ended("success", CLASSIFIED);

    HttpResponse<String> response = send("POST", "/" + hash + ":retry");

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(json(response).has("annotations")).isFalse();
    assertThat(record(hash).run()).isEqualTo(2);
  }

  @Test
  void retry_traced_theTraceGoesWithTheMessage() throws Exception {
    String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    ImageHash hash = ended("traced", FAILED);

    client.send(
        HttpRequest.newBuilder(URI.create(server.uri() + "/" + hash + ":retry"))
            .header("traceparent", trace)
            .POST(BodyPublishers.noBody())
            .build(),
        BodyHandlers.discarding());

    assertThat(onlyDelivery().attributes()).containsEntry("traceparent", trace);
  }

  /** Regression: this was an internal error. */
  @Test
  void retry_lastRunThatCanBeCounted_isRefusedAndChangesNothing() throws Exception {
    ImageHash hash = queued("last");
    stores.records().finish(claimed(hash, Integer.MAX_VALUE, T0), FAILED, T0);
    ImageRecord before = record(hash);

    assertProblem(send("POST", "/" + hash + ":retry"), 409, "RUNS_EXHAUSTED");

    assertThat(record(hash)).isEqualTo(before);
    assertThat(deliveries()).isEmpty();
  }

  @Test
  void retry_underWay_isRefusedAndChangesNothing() throws Exception {
    ImageHash hash = queued("queued");
    ImageRecord before = record(hash);
    assertProblem(send("POST", "/" + hash + ":retry"), 409, "UNDER_WAY");
    assertThat(record(hash)).isEqualTo(before);

    claim(hash, 1, T0, "t1");
    assertProblem(send("POST", "/" + hash + ":retry"), 409, "UNDER_WAY");
    assertThat(record(hash).run()).isEqualTo(1);
    assertThat(deliveries()).isEmpty();
  }

  @Test
  void retry_twice_startsOneRun() throws Exception {
    ImageHash hash = ended("twice", FAILED);

    assertThat(send("POST", "/" + hash + ":retry").statusCode()).isEqualTo(202);
    assertProblem(send("POST", "/" + hash + ":retry"), 409, "UNDER_WAY");

    assertThat(record(hash).run()).isEqualTo(2);
    onlyDelivery();
  }

  /** The sweep finds a record that is still pending: the client need not repeat the request. */
  @ParameterizedTest
  @CsvSource({"publish, 1", "commit images, 2"})
  void retry_queueOrNoteFailsOnceTheRunHasBegun_isAcceptedAndLeftToTheSweep(String call, int nth)
      throws Exception {
    ImageHash hash = ended("failing" + call, FAILED);
    ports.failBefore(call, nth);

    HttpResponse<String> response = send("POST", "/" + hash + ":retry");

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(json(response).get("status").getAsString()).isEqualTo("pending");
    assertThat(record(hash).status()).isEqualTo(Status.PENDING);
    Instant soon = Instant.now().plus(Duration.ofMinutes(2));
    assertThat(stores.records().overdue(soon, 10)).containsExactly(record(hash));
  }

  @Test
  void retry_noteWrittenAndItsAnswerLost_isAccepted() throws Exception {
    ImageHash hash = ended("lost", FAILED);
    ports.failAfter("commit images", 2);

    assertThat(send("POST", "/" + hash + ":retry").statusCode()).isEqualTo(202);
    assertThat(record(hash).status()).isEqualTo(Status.QUEUED);
  }

  @Test
  void retry_recordStoreFails_is503AndNothingBegins() throws Exception {
    ImageHash hash = ended("unreachable", FAILED);
    ports.failBefore("commit images");

    HttpResponse<String> response = send("POST", "/" + hash + ":retry");

    assertProblem(response, 503, "TEMPORARILY_UNAVAILABLE");
    assertThat(header(response, "Retry-After")).isNotEmpty();
    assertThat(record(hash).status()).isEqualTo(Status.ERROR);
    assertThat(deliveries()).isEmpty();
  }

  @Test
  void retry_unknownImage_is404() throws Exception {
    assertProblem(send("POST", "/v1/images/" + "0".repeat(64) + ":retry"), 404, "IMAGE_NOT_FOUND");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/images/", "/"})
  void cancel_queued_isOverByOneWrite(String prefix) throws Exception {
    ImageHash hash = queued("waiting" + prefix.length());

    HttpResponse<String> response = cancel(prefix + hash);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(json(response).get("status").getAsString()).isEqualTo("canceled");
    assertThat(record(hash).status()).isEqualTo(Status.CANCELED);
    assertThat(ports.take()).containsExactly("get images", "commit images");
  }

  @Test
  void cancel_processing_isARequestThatTheNextAttemptMeets() throws Exception {
    ImageHash hash = queued("processing");
    ClaimResult.Granted held = claimed(hash, 1, Instant.now());

    HttpResponse<String> response = cancel("/" + hash);

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(header(response, "Retry-After")).isEqualTo("1");
    assertThat(header(response, "Location"))
        .isEqualTo("https://images.example.org/v1/images/" + hash);
    assertThat(json(response).get("status").getAsString()).isEqualTo("processing");
    assertThat(json(response).get("cancel_requested").getAsBoolean()).isTrue();
    stores.records().release(held, Instant.now());
    assertThat(record(hash).status()).isEqualTo(Status.CANCELED);
  }

  @Test
  void cancel_final_isRefusedWithTheStatus() throws Exception {
    ImageHash hash = ended("ended", CLASSIFIED);

    HttpResponse<String> response = cancel("/" + hash);

    assertProblem(response, 409, "ALREADY_FINAL");
    assertThat(json(response).get("image_status").getAsString()).isEqualTo("success");
  }

  /** Regression: the conditions were ignored, and the work was canceled (RFC 9110 13.2.1). */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "If-Match      | \"other\"",
        "If-Match      | W/TAG",
        "If-Match      | 1-1",
        "If-None-Match | *",
        "If-None-Match | TAG",
        "If-None-Match | \"other\", W/TAG"
      })
  void cancel_conditionThatDoesNotHold_is412AndChangesNothing(String name, String value)
      throws Exception {
    ImageHash hash = queued("condition");
    ImageRecord before = record(hash);

    HttpResponse<String> response = cancelIf(hash, name, value);

    assertProblem(response, 412, "PRECONDITION_FAILED");
    assertThat(record(hash)).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "If-Match      | *",
        "If-Match      | TAG",
        "If-Match      | \"other\", TAG",
        "If-None-Match | \"other\""
      })
  void cancel_conditionThatHolds_isOver(String name, String value) throws Exception {
    ImageHash hash = queued("condition");

    assertThat(cancelIf(hash, name, value).statusCode()).isEqualTo(200);
    assertThat(record(hash).status()).isEqualTo(Status.CANCELED);
  }

  /** The links in the resource expired meanwhile, which changes its tag but not the image. */
  @Test
  void cancel_tagWithOtherLinks_isOver() throws Exception {
    ImageHash hash = queued("links");
    String tag = EntityTags.of(record(hash), List.of(), Instant.now().minusSeconds(1));

    assertThat(cancelIf(hash, "If-None-Match", tag).statusCode()).isEqualTo(412);
    assertThat(cancelIf(hash, "If-Match", "\"x\", " + tag).statusCode()).isEqualTo(200);
  }

  @Test
  void cancel_recordChangesAfterItsTagWasCompared_is412() throws Exception {
    ImageHash hash = queued("raced");
    String tag = EntityTags.of(record(hash), List.of(), Instant.EPOCH);
    ports.before("commit images", () -> claimed(hash, 1, Instant.now()));

    assertProblem(cancelIf(hash, "If-Match", tag), 412, "PRECONDITION_FAILED");
    assertThat(record(hash).status()).isEqualTo(Status.PROCESSING);
    assertThat(record(hash).cancelRequested()).isFalse();
  }

  /** RFC 9110 section 13.2.1: a condition does not change what would be refused without it. */
  @Test
  void cancel_conditionOfARequestThatIsRefusedAnyway_isIgnored() throws Exception {
    ImageHash ended = ended("ended", CLASSIFIED);
    assertProblem(cancelIf(ended, "If-Match", "\"other\""), 409, "ALREADY_FINAL");
    ImageHash unknown = ImageHash.parse("0".repeat(64)).orElseThrow();
    assertProblem(cancelIf(unknown, "If-Match", "*"), 404, "IMAGE_NOT_FOUND");
  }

  private HttpResponse<String> cancelIf(ImageHash hash, String name, String value)
      throws Exception {
    String tag =
        stores
            .records()
            .find(hash, Instant.now())
            .map(r -> EntityTags.of(r, List.of(), Instant.EPOCH))
            .orElse("");
    return send(
        "PATCH",
        "/" + hash,
        "application/json",
        "{\"status\": \"canceled\"}".getBytes(StandardCharsets.UTF_8),
        name,
        value.replace("TAG", tag));
  }

  /** A function alone is as closed to pages of other sites as the whole server. */
  @ParameterizedTest
  @CsvSource({
    "Sec-Fetch-Site, cross-site, 403",
    "Origin, https://evil.example, 403",
    "Origin, null, 403",
    "Origin, https://images.example.org, 200",
    "Sec-Fetch-Site, same-origin, 200"
  })
  void cancel_fromAPage_isForOurOwnPagesOnly(String name, String value, int status)
      throws Exception {
    ImageHash hash = queued("page");
    byte[] body = "{\"status\": \"canceled\"}".getBytes(StandardCharsets.UTF_8);

    HttpResponse<String> response =
        send("PATCH", "/" + hash, "application/json", body, name, value);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(record(hash).status()).isEqualTo(status == 200 ? Status.CANCELED : Status.QUEUED);
  }

  @Test
  void cancel_unknownImageOrNoHash_isRefused() throws Exception {
    assertProblem(cancel("/" + "0".repeat(64)), 404, "IMAGE_NOT_FOUND");
    assertProblem(cancel("/ABC"), 400, "INVALID_HASH");
  }

  @Test
  void cancel_recordStoreFails_is503() throws Exception {
    ImageHash hash = queued("unreachable");
    ports.failBefore("commit images");

    assertProblem(cancel("/" + hash), 503, "TEMPORARILY_UNAVAILABLE");
    assertThat(record(hash).status()).isEqualTo(Status.QUEUED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                  | status:REQUIRED
          {"status": null}                    | status:REQUIRED
          {"status": 1}                       | status:WRONG_TYPE
          {"status": ["canceled"]}            | status:WRONG_TYPE
          {"status": "success"}               | status:INVALID_VALUE
          {"status": "Canceled"}              | status:INVALID_VALUE
          {"status": "canceled", "x": 1}      | x:UNKNOWN_MEMBER
          {"status": 2, "x": 1, "y": {}}      | status:WRONG_TYPE x:UNKNOWN_MEMBER y:UNKNOWN_MEMBER
          {"status": "a", "status": "canceled"} | status:GIVEN_TWICE
          {"status": "canceled", "status": 1, "x": 1} | status:GIVEN_TWICE status:WRONG_TYPE x:UNKNOWN_MEMBER
          []                                  | body:WRONG_TYPE
          "canceled"                          | body:WRONG_TYPE
          [[[[[[[[[1]]]]]]]]]                 | [0][0][0][0][0][0][0][0]:TOO_DEEP
          {"status": 1111111111111111111111111111111111} | status:OUT_OF_RANGE status:WRONG_TYPE
          {"status": 1e99999999999}           | status:OUT_OF_RANGE status:WRONG_TYPE
          {"status": 1e-999999999}            | status:OUT_OF_RANGE status:WRONG_TYPE
          """)
  void cancel_wrongFields_areAllNamed(String body, String errors) throws Exception {
    ImageHash hash = queued("fields");

    HttpResponse<String> response = patch("/" + hash, body.getBytes(StandardCharsets.UTF_8));

    assertProblem(response, 422, "INVALID_REQUEST");
    List<String> named = new ArrayList<>();
    for (JsonElement error : json(response).getAsJsonArray("errors")) {
      JsonObject each = error.getAsJsonObject();
      named.add(each.get("field").getAsString() + ":" + each.get("code").getAsString());
    }
    assertThat(named).containsExactlyInAnyOrder(errors.split(" "));
    assertThat(record(hash).status()).isEqualTo(Status.QUEUED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{", "{\"status\": \"canceled\"} x", "{'status': 'canceled'}", "{status: \"canceled\"}",
        "nonsense", "{\"status\": NaN}", "{\"status\": \"canceled\",}", " "
      })
  void cancel_notJson_isRefused(String body) throws Exception {
    ImageHash hash = queued("text");

    assertProblem(patch("/" + hash, body.getBytes(StandardCharsets.UTF_8)), 400, "MALFORMED_JSON");
    assertThat(record(hash).status()).isEqualTo(Status.QUEUED);
  }

  @Test
  void cancel_bodyThatNobodyCanRead_isRefused() throws Exception {
    String path = "/" + queued("bodies");
    assertProblem(patch(path, new byte[0]), 400, "EMPTY_BODY");
    assertProblem(patch(path, new byte[1 << 20]), 413, "BODY_TOO_LARGE");
    byte[] latin1 = "{\"status\": \"caf\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);
    assertProblem(patch(path, latin1), 422, "INVALID_REQUEST");
    HttpResponse<String> form =
        send("PATCH", path, "text/plain", "{}".getBytes(StandardCharsets.UTF_8));
    assertProblem(form, 415, "UNSUPPORTED_MEDIA_TYPE");
    assertThat(header(form, "Accept-Patch")).contains("application/json");
  }

  @Test
  void ready_namesEachPart() throws Exception {
    assertThat(send("GET", "/health/live").statusCode()).isEqualTo(204);
    assertThat(send("GET", "/health/ready").body()).contains("queue", "records");
  }

  private ImageHash queued(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    ImageHash hash = ImageHash.ofDigest(ImageHash.newDigest().digest(bytes));
    ImageDescription image = new ImageDescription(hash, ImageFormat.JPEG, 184_213, 1024, 683);
    stores.records().createIfAbsent(ImageRecord.queued(image, "message-" + name, T0), T0);
    return hash;
  }

  private ImageHash ended(String name, Outcome outcome) {
    ImageHash hash = queued(name);
    stores.records().finish(claimed(hash, 1, T0), outcome, T0.plusSeconds(1));
    return hash;
  }

  private ClaimResult.Granted claimed(ImageHash hash, int run, Instant now) {
    return (ClaimResult.Granted) claim(hash, run, now, "t1");
  }

  private ClaimResult claim(ImageHash hash, int run, Instant now, String token) {
    WorkMessage message = new WorkMessage(record(hash).image(), run, T0);
    return stores.records().claim(new Claim(message, "m", token, now, now.plusSeconds(60)));
  }

  private ImageRecord record(ImageHash hash) {
    return stores.records().find(hash, Instant.now()).orElseThrow();
  }

  private List<Delivery> deliveries() {
    return stores.workSubscription().receive(10, Duration.ofMinutes(1), Instant.now());
  }

  private Delivery onlyDelivery() {
    List<Delivery> deliveries = deliveries();
    assertThat(deliveries).hasSize(1);
    return deliveries.get(0);
  }

  private HttpResponse<String> cancel(String path) throws Exception {
    return patch(path, "{\"status\": \"canceled\"}".getBytes(StandardCharsets.UTF_8));
  }

  private HttpResponse<String> patch(String path, byte[] body) throws Exception {
    return send("PATCH", path, "application/json; charset=utf-8", body);
  }

  private HttpResponse<String> send(
      String method, String path, String type, byte[] body, String... headers) throws Exception {
    String[] all = Arrays.copyOf(headers, headers.length + 2);
    all[headers.length] = "Content-Type";
    all[headers.length + 1] = type;
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.uri() + path))
            .headers(all)
            .method(method, BodyPublishers.ofByteArray(body))
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  private HttpResponse<String> send(String method, String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.uri() + path))
            .method(method, BodyPublishers.noBody())
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  private static String header(HttpResponse<String> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private static JsonObject json(HttpResponse<String> response) {
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }

  private static void assertProblem(HttpResponse<String> response, int status, String code) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(header(response, "Content-Type")).isEqualTo("application/problem+json");
    assertThat(json(response).get("code").getAsString()).isEqualTo(code);
  }
}
