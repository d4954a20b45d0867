package dev.whatsit.upload;

import static dev.whatsit.upload.Responses.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.whatsit.contracts.PortCalls;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.Delivery;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.invoker.FunctionServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Submissions of deferred work, over HTTP, counting the calls of the embedded ports. */
class DelayedUploadTest {
  private static final String HOUR = "?delay_seconds=3600";

  @TempDir Path data;

  private final HttpClient client = HttpClient.newHttpClient();
  private final EmbeddedBackend embedded = new EmbeddedBackend();
  private final PortCalls ports = new PortCalls(embedded);
  private EmbeddedStores stores;
  private UploadFunction function;
  private FunctionServer server;
  private byte[] png;

  @BeforeEach
  void start() throws IOException {
    Map<String, String> settings = Map.of("WHATSIT_DATA", data.toString());
    stores = embedded.stores(Settings.of(settings));
    function = new UploadFunction(settings, ports);
    server = FunctionServer.serve(function);
    png = Pictures.png();
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    function.close();
    embedded.close();
  }

  @Test
  void post_withADelay_isScheduledAndItsMessageWaits() throws Exception {
    Instant before = Instant.now();

    HttpResponse<String> response = post(HOUR);

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(response.headers().firstValue("Location")).hasValue("/v1/images/" + hash().hex());
    assertThat(response.headers().firstValue("Retry-After")).hasValue("60");
    JsonObject resource = json(response);
    assertThat(resource.get("status").getAsString()).isEqualTo("scheduled");
    Instant due = Instant.parse(resource.get("due_at").getAsString());
    assertThat(due)
        .isBetween(before.plusSeconds(3600).minusMillis(1), Instant.now().plusSeconds(3601));
    assertThat(ports.take())
        .containsExactly("get images", "putIfAbsent", "commit images", "schedule");
    assertThat(record().dueAt()).isEqualTo(due);
    assertThat(messagesBy(due.minusMillis(1))).isEmpty();
    assertThat(messagesBy(due))
        .singleElement()
        .satisfies(
            message ->
                assertThat(WorkMessage.fromAttributes(message.attributes()))
                    .isEqualTo(record().message()));
  }

  /** Regression: the trace of the request that made scheduled work start at once was lost. */
  @Test
  void post_tracedWithoutADelayAfterOne_theTraceGoesWithTheMessage() throws Exception {
    String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    post(HOUR);

    post("", "traceparent", trace);

    assertThat(messagesBy(Instant.now()))
        .singleElement()
        .satisfies(m -> assertThat(m.attributes()).containsEntry("traceparent", trace));
  }

  @Test
  void post_againWithoutDelay_startsNow() throws Exception {
    post(HOUR);
    ports.take();

    HttpResponse<String> response = post("");

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(json(response).get("status").getAsString()).isEqualTo("queued");
    assertThat(json(response).has("due_at")).isFalse();
    assertThat(ports.take())
        .containsExactly(
            "get images", "get images", "commit images", "publish", "get images", "commit images");
    assertThat(record().status()).isEqualTo(Status.QUEUED);
    assertThat(messagesBy(Instant.now())).hasSize(1);
  }

  @Test
  void post_againWithAnEarlierTime_theEarlierHolds() throws Exception {
    post(HOUR);
    ports.take();

    HttpResponse<String> response = post("?delay_seconds=60");

    Instant due = Instant.parse(json(response).get("due_at").getAsString());
    assertThat(due).isBefore(Instant.now().plusSeconds(61));
    assertThat(json(response).get("status").getAsString()).isEqualTo("scheduled");
    assertThat(ports.take())
        .containsExactly("get images", "get images", "commit images", "schedule");
    assertThat(messagesBy(due)).hasSize(1);
  }

  @Test
  void post_againWithALaterTime_changesNothing() throws Exception {
    String due = json(post(HOUR)).get("due_at").getAsString();
    long revision = record().revision();
    ports.take();

    HttpResponse<String> response = post("?delay_seconds=7200");

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(json(response).get("due_at").getAsString()).isEqualTo(due);
    assertThat(ports.take()).containsExactly("get images");
    assertThat(record().revision()).isEqualTo(revision);
  }

  @Test
  void post_againWithTheSameTime_putsTheMessageThatMayBeMissing() throws Exception {
    String query = "?not_before=" + Instant.now().plusSeconds(600).toString();
    ports.failBefore("schedule");
    post(query);
    assertThat(messagesBy(Instant.now().plusSeconds(601))).isEmpty();
    ports.failBefore("");
    ports.take();

    post(query);

    assertThat(ports.take()).containsExactly("get images", "schedule");
    assertThat(messagesBy(Instant.now().plusSeconds(601))).hasSize(1);
  }

  @Test
  void post_queuedImageWithADelay_changesNothing() throws Exception {
    post("");
    ports.take();

    HttpResponse<String> response = post(HOUR);

    assertThat(json(response).get("status").getAsString()).isEqualTo("queued");
    assertThat(ports.take()).containsExactly("get images");
  }

  @Test
  void post_canceledImageWithADelay_is200AndNothingHappens() throws Exception {
    post(HOUR);
    stores.records().cancel(hash(), Instant.now());
    ports.take();

    HttpResponse<String> response = post(HOUR);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(json(response).get("status").getAsString()).isEqualTo("canceled");
    assertThat(json(response).has("due_at")).isFalse();
    assertThat(ports.take()).containsExactly("get images");
  }

  @Test
  void post_manyAtOnceWithOtherDelays_theEarliestHolds() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 1; i <= 16; i++) {
      answers.add(client.sendAsync(request("?delay_seconds=" + i * 100), BodyHandlers.ofString()));
    }
    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      assertThat(answer.get().statusCode()).isEqualTo(202);
    }

    assertThat(record().status()).isEqualTo(Status.SCHEDULED);
    assertThat(record().dueAt()).isBefore(Instant.now().plusSeconds(101));
  }

  @ParameterizedTest
  @ValueSource(strings = {"get images", "putIfAbsent", "commit images"})
  void post_portOutOfReach_is503AndTheSameRequestSucceedsLater(String call) throws Exception {
    String query = "?not_before=" + Instant.now().plusSeconds(600).toString();
    for (boolean answerLost : new boolean[] {false, true}) {
      ports.failBefore(answerLost ? "" : call);
      ports.failAfter(answerLost ? call : "");
      assertThat(post(query).statusCode()).isEqualTo(503);
    }
    ports.failBefore("");
    ports.failAfter("");

    HttpResponse<String> response = post(query);

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(json(response).get("status").getAsString()).isEqualTo("scheduled");
    assertThat(messagesBy(Instant.now().plusSeconds(601))).hasSize(1);
  }

  @Test
  void post_advanceOutOfReach_is503AndTheSameRequestSucceedsLater() throws Exception {
    post(HOUR);
    ports.failBefore("commit images");
    assertThat(post("").statusCode()).isEqualTo(503);
    assertThat(record().status()).isEqualTo(Status.SCHEDULED);
    ports.failBefore("");

    assertThat(json(post("")).get("status").getAsString()).isEqualTo("queued");
  }

  @Test
  void post_messageForLaterNotPut_isAcceptedAndLeftToTheSweep() throws Exception {
    ports.failBefore("schedule");

    HttpResponse<String> response = post(HOUR);

    assertThat(response.statusCode()).isEqualTo(202);
    Instant due = Instant.parse(json(response).get("due_at").getAsString());
    assertThat(stores.records().overdue(due, 10)).containsExactly(record());
  }

  @ParameterizedTest
  @CsvSource({"publish, 1", "commit images, 2"})
  void post_againWithoutDelayAndNotPublished_isAcceptedAndLeftToTheSweep(String call, int nth)
      throws Exception {
    post(HOUR);
    ports.failBefore(call, nth);

    HttpResponse<String> response = post("");

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(json(response).get("status").getAsString()).isEqualTo("pending");
    assertThat(stores.records().overdue(Instant.now().plusSeconds(60), 10))
        .containsExactly(record());
  }

  @Test
  void post_wrongOptions_is422WithEachAndNothingIsDone() throws Exception {
    HttpResponse<String> response =
        form("?delay_seconds=-1", Map.of("delay_seconds", "5", "not_before", "soon"));

    assertThat(response.statusCode()).isEqualTo(422);
    JsonObject problem = json(response);
    assertThat(problem.get("code").getAsString()).isEqualTo("INVALID_REQUEST");
    List<String> errors = new ArrayList<>();
    for (JsonElement error : problem.getAsJsonArray("errors")) {
      JsonObject one = error.getAsJsonObject();
      errors.add(one.get("field").getAsString() + " " + one.get("code").getAsString());
    }
    assertThat(errors)
        .containsExactlyInAnyOrder(
            "delay_seconds GIVEN_TWICE",
            "delay_seconds CONFLICTING",
            "not_before CONFLICTING",
            "delay_seconds OUT_OF_RANGE",
            "not_before INVALID_VALUE");
    assertThat(ports.take()).isEmpty();
  }

  private HttpRequest request(String query, String... headers) {
    HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(server.uri() + query));
    if (headers.length > 0) {
      builder.headers(headers);
    }
    return builder.POST(BodyPublishers.ofByteArray(png)).build();
  }

  private HttpResponse<String> post(String query, String... headers) throws Exception {
    return client.send(request(query, headers), BodyHandlers.ofString());
  }

  private HttpResponse<String> form(String query, Map<String, String> fields) throws Exception {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    fields.forEach(
        (name, value) ->
            body.writeBytes(
                ("--frontier\r\nContent-Disposition: form-data; name=\""
                        + name
                        + "\"\r\n\r\n"
                        + value
                        + "\r\n")
                    .getBytes(UTF_8)));
    String head =
        String.join(
            "\r\n",
            "--frontier",
            "Content-Disposition: form-data; name=\"img\"; filename=\"a.png\"",
            "Content-Type: image/png",
            "",
            "");
    body.writeBytes(head.getBytes(UTF_8));
    body.writeBytes(png);
    body.writeBytes("\r\n--frontier--\r\n".getBytes(UTF_8));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.uri() + query))
            .header("Content-Type", "multipart/form-data; boundary=frontier")
            .POST(BodyPublishers.ofByteArray(body.toByteArray()))
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  /** The messages delivered by an instant; they are nacked, so the next call gets them again. */
  private List<Delivery> messagesBy(Instant instant) {
    List<Delivery> come = stores.workSubscription().receive(100, Duration.ofMinutes(3), instant);
    come.forEach(delivery -> stores.workSubscription().defer(delivery, Instant.EPOCH));
    return come;
  }

  private ImageRecord record() {
    return stores.records().find(hash(), Instant.now()).orElseThrow();
  }

  private ImageHash hash() {
    return ImageHash.ofDigest(ImageHash.newDigest().digest(png));
  }
}
