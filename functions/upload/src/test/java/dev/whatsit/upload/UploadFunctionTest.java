package dev.whatsit.upload;

import static dev.whatsit.upload.Pictures.hash;
import static dev.whatsit.upload.Responses.assertProblem;
import static dev.whatsit.upload.Responses.header;
import static dev.whatsit.upload.Responses.json;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.whatsit.contracts.PortCalls;
import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.Watch;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.Delivery;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.invoker.FunctionServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
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
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UploadFunctionTest {
  private static final int MAX_BYTES = 100_000;

  @TempDir Path data;

  private final HttpClient client = HttpClient.newHttpClient();
  private final EmbeddedBackend embedded = new EmbeddedBackend();
  private final PortCalls ports = new PortCalls(embedded);
  private Map<String, String> settings;
  private EmbeddedStores stores;
  private UploadFunction function;
  private FunctionServer server;

  @BeforeEach
  void start() {
    settings =
        Map.of(
            "WHATSIT_DATA",
            data.toString(),
            "MAX_IMAGE_BYTES",
            Integer.toString(MAX_BYTES),
            "MAX_IMAGE_PIXELS",
            "10000",
            "PUBLIC_URL",
            "https://images.example.org/");
    stores = embedded.stores(Settings.of(settings));
    function = new UploadFunction(settings, ports);
    server = FunctionServer.serve(function);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    function.close();
    embedded.close();
  }

  @Test
  void post_newImage_isStoredQueuedAndRecordedBeforeTheAnswer() throws Exception {
    byte[] png = Pictures.png();

    HttpResponse<String> response = post(png, "Content-Type", "image/png");

    String hash = hash(png).hex();
    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(header(response, "Location"))
        .isEqualTo("https://images.example.org/v1/images/" + hash);
    assertThat(header(response, "Retry-After")).isEqualTo("1");
    assertThat(header(response, "X-Content-Type-Options")).isEqualTo("nosniff");
    JsonObject resource = json(response);
    assertThat(resource.get("image_hash").getAsString()).isEqualTo(hash);
    assertThat(resource.get("status").getAsString()).isEqualTo("queued");
    assertThat(resource.get("content_type").getAsString()).isEqualTo("image/png");
    assertThat(resource.get("size_bytes").getAsInt()).isEqualTo(png.length);
    assertThat(resource.get("width").getAsInt()).isEqualTo(32);
    assertThat(resource.get("height").getAsInt()).isEqualTo(24);
    assertThat(resource.has("image_url")).isFalse();
    assertThat(stores.images().open(hash(png)).orElseThrow().readAllBytes()).isEqualTo(png);
    List<Delivery> work = receive();
    assertThat(work).hasSize(1);
    assertThat(WorkMessage.fromAttributes(work.get(0).attributes()).image().hash().hex())
        .isEqualTo(hash);
    assertThat(record(png).status()).isEqualTo(Status.QUEUED);
    assertThat(record(png).messageId()).isEqualTo(work.get(0).messageId());
  }

  @Test
  void post_newImage_asksFourPorts_knownImage_asksOne() throws Exception {
    byte[] png = Pictures.png();
    post(png);
    assertThat(ports.take())
        .containsExactly("get images", "putIfAbsent", "publish", "commit images");

    HttpResponse<String> again = post(png);

    assertThat(ports.take()).containsExactly("get images");
    assertThat(again.statusCode()).isEqualTo(202);
    assertThat(receive()).hasSize(1);
  }

  @Test
  void post_traced_theTraceGoesWithTheWork() throws Exception {
    String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    post(Pictures.png(), "Content-Type", "image/png", "traceparent", trace);

    assertThat(receive())
        .singleElement()
        .satisfies(work -> assertThat(work.attributes()).containsEntry("traceparent", trace));
  }

  @Test
  void post_finishedImage_is200AndNothingIsDoneAgain() throws Exception {
    byte[] png = Pictures.png();
    post(png);
    Delivery work = receive().get(0);
    Instant now = Instant.now();
    ClaimResult claim =
        stores
            .records()
            .claim(
                new Claim(
                    WorkMessage.fromAttributes(work.attributes()),
                    work.messageId(),
                    "token",
                    now,
                    now.plusSeconds(60)));
    stores
        .records()
        .finish(
            (ClaimResult.Granted) claim,
            new Outcome.Classified(
                new Classification(List.of(), List.of(), new ClassifierIdentity("test", "1"))),
            now);
    ports.take();

    HttpResponse<String> response = post(png);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(json(response).get("status").getAsString()).isEqualTo("success");
    assertThat(json(response).getAsJsonArray("annotations")).isEmpty();
    assertThat(ports.take()).containsExactly("get images");
  }

  @ParameterizedTest
  @ValueSource(strings = {"get images", "putIfAbsent", "publish", "commit images"})
  void post_portOutOfReach_is503AndTheSameRequestSucceedsLater(String call) throws Exception {
    byte[] png = Pictures.png();
    for (boolean answerLost : new boolean[] {false, true}) {
      ports.failBefore(answerLost ? "" : call);
      ports.failAfter(answerLost ? call : "");
      HttpResponse<String> response = post(png);
      assertThat(response.statusCode()).isEqualTo(503);
      assertThat(json(response).get("code").getAsString()).isEqualTo("TEMPORARILY_UNAVAILABLE");
      assertThat(header(response, "Retry-After")).isNotEmpty();
      assertThat(response.body()).doesNotContain("test").doesNotContain(call);
    }
    ports.failBefore("");
    ports.failAfter("");

    assertThat(post(png).statusCode()).isEqualTo(202);
    assertThat(record(png).status()).isEqualTo(Status.QUEUED);
    assertThat(receive()).isNotEmpty();
  }

  @Test
  void post_sameBytesAtTheSameMoment_makesOneRecord() throws Exception {
    byte[] png = Pictures.png();
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      answers.add(client.sendAsync(request(png), BodyHandlers.ofString()));
    }
    Set<String> createdAt = new HashSet<>();
    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      assertThat(answer.get().statusCode()).isEqualTo(202);
      createdAt.add(json(answer.get()).get("created_at").getAsString());
    }
    assertThat(createdAt).hasSize(1);
    assertThat(record(png).revision()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "png, image/png, image/jpeg",
    "jpg, image/jpeg, text/plain",
    "gif, image/gif, application/octet-stream",
    "bmp, image/bmp, image/svg+xml"
  })
  void post_lyingContentType_theBytesDecide(String format, String actual, String claimed)
      throws Exception {
    HttpResponse<String> response = post(Pictures.picture(format, 20, 10), "Content-Type", claimed);

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(json(response).get("content_type").getAsString()).isEqualTo(actual);
  }

  @Test
  void post_emptyBody_is400() throws Exception {
    assertProblem(post(new byte[0], "Content-Type", "image/png"), 400, "EMPTY_BODY");
  }

  @Test
  void post_atTheLimit_isTaken_oneByteMore_isNot() throws Exception {
    byte[] png = Pictures.png();
    byte[] full = new byte[MAX_BYTES];
    System.arraycopy(png, 0, full, 0, png.length);
    byte[] over = new byte[MAX_BYTES + 1];
    System.arraycopy(png, 0, over, 0, png.length);

    assertThat(post(full).statusCode()).isEqualTo(202);
    HttpResponse<String> declared = post(over);
    assertProblem(declared, 413, "IMAGE_TOO_LARGE");
    assertThat(json(declared).get("max_bytes").getAsInt()).isEqualTo(MAX_BYTES);
    HttpResponse<String> chunked =
        client.send(
            HttpRequest.newBuilder(server.uri())
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(over)))
                .build(),
            BodyHandlers.ofString());
    assertProblem(chunked, 413, "IMAGE_TOO_LARGE");
  }

  @Test
  void post_webpOfMoreCodeTablesThanEncodersMake_is413() throws Exception {
    HttpResponse<String> response = post(HexFormat.of().parseHex(Pictures.CODE_TABLES));

    assertProblem(response, 413, "IMAGE_TOO_COMPLEX");
    assertThat(ports.take()).isEmpty();
  }

  @Test
  void post_tooManyPixels_is413WithTheLimit() throws Exception {
    HttpResponse<String> response = post(Pictures.picture("png", 101, 100));

    assertProblem(response, 413, "TOO_MANY_PIXELS");
    assertThat(json(response).get("max_pixels").getAsInt()).isEqualTo(10_000);
    assertThat(ports.take()).isEmpty();
  }

  @Test
  void post_withACallback_asksTwoPortsMoreAndOneMoreWhenItIsFinished() throws Exception {
    byte[] png = Pictures.png();
    String path = "/?callback_url=https%3A%2F%2Fexample.com%2Fhook";
    assertThat(post(path, png).statusCode()).isEqualTo(202);
    assertThat(ports.take())
        .containsExactly(
            "get images",
            "putIfAbsent",
            "publish",
            "commit images",
            "query callbacks",
            "commit callbacks",
            "get images",
            "commit images");

    assertThat(post(path, png).statusCode()).isEqualTo(202);
    assertThat(ports.take()).containsExactly("get images", "query callbacks", "get images");

    Instant now = Instant.now();
    stores.records().cancel(hash(png), now);
    assertThat(post(path, png).statusCode()).isEqualTo(200);
    assertThat(ports.take())
        .containsExactly("get images", "query callbacks", "get images", "commit images", "publish");
    assertThat(record(png).announceDue()).isPresent();
  }

  @Test
  void post_callbackAnswerLost_isRegisteredOnceByTheSameRequestAgain() throws Exception {
    byte[] png = Pictures.png();
    String path = "/?callback_url=https%3A%2F%2Fexample.com%2Fhook";
    for (String call : List.of("commit callbacks", "commit images")) {
      ports.failAfter(call);
      assertThat(post(path, png).statusCode()).isEqualTo(503);
      ports.failAfter("");
    }

    assertThat(post(path, png).statusCode()).isEqualTo(202);

    Subject subject = Subject.of(hash(png), 1);
    assertThat(stores.callbacks().list(subject, CallbackKind.WEBHOOK, 10, Instant.now()))
        .hasSize(1);
    assertThat(record(png).watch()).isEqualTo(Watch.WAITING);
  }

  @Test
  void post_scheduledImageWithACallbackTooMany_is422AndChangesNothing() throws Exception {
    byte[] png = Pictures.png();
    post("/?delay_seconds=3600", png);
    Subject subject = Subject.of(hash(png), 1);
    Instant now = Instant.now();
    for (int i = 0; i < CallbackRegistration.MAX_CALLBACKS; i++) {
      String url = "https://example.com/" + i;
      stores
          .callbacks()
          .register(Callback.waiting(subject, CallbackKind.WEBHOOK, url, now), 20, now);
    }
    final ImageRecord before = record(png);
    ports.take();

    HttpResponse<String> response =
        post("/?callback_url=https%3A%2F%2Fexample.com%2Fone-too-many", png);

    assertThat(response.statusCode()).isEqualTo(422);
    assertThat(response.body()).contains("TOO_MANY_CALLBACKS");
    assertThat(ports.take()).containsExactly("get images", "query callbacks");
    assertThat(record(png)).isEqualTo(before);
  }

  private HttpResponse<String> post(String path, byte[] body) throws Exception {
    return client.send(
        HttpRequest.newBuilder(server.uri().resolve(path))
            .POST(BodyPublishers.ofByteArray(body))
            .build(),
        BodyHandlers.ofString());
  }

  @Test
  void post_otherFormat_isNamedAndChangesNothing() throws Exception {
    HttpResponse<String> response =
        post("<svg xmlns='http://www.w3.org/2000/svg'/>".getBytes(UTF_8));

    assertProblem(response, 415, "UNSUPPORTED_FORMAT");
    assertThat(json(response).get("detail").getAsString()).contains("SVG");
    assertThat(ports.take()).isEmpty();
  }

  @Test
  void post_cutHeader_isCorrupt() throws Exception {
    byte[] cut = new byte[20];
    System.arraycopy(Pictures.png(), 0, cut, 0, cut.length);

    assertProblem(post(cut), 415, "CORRUPT_IMAGE");
  }

  /** Regression: an identity encoding that two intermediaries had written was refused. */
  @ParameterizedTest
  @ValueSource(strings = {"identity", "identity, identity", "Identity ,IDENTITY", ", identity"})
  void post_bodyEncodedAsItself_isTaken(String encoding) throws Exception {
    assertThat(post(Pictures.png(), "Content-Encoding", encoding).statusCode()).isEqualTo(202);
    assertProblem(
        post(Pictures.png(), "Content-Encoding", encoding + ", gzip"),
        415,
        "UNSUPPORTED_CONTENT_ENCODING");
  }

  @Test
  void post_contentDigest_isChecked() throws Exception {
    byte[] png = Pictures.png();
    String right =
        "sha-256=:" + Base64.getEncoder().encodeToString(ImageHash.newDigest().digest(png)) + ":";

    assertProblem(post(Pictures.png(), "Content-Digest", right), 400, "DIGEST_MISMATCH");
    assertProblem(post(png, "Content-Digest", "sha-256=nonsense"), 400, "INVALID_DIGEST");
    assertProblem(post(png, "Content-Digest", ""), 400, "INVALID_DIGEST");
    assertThat(ports.take()).isEmpty();
    assertThat(post(png, "Content-Digest", right).statusCode()).isEqualTo(202);
  }

  @Test
  void post_multipartWithOneFile_isTaken() throws Exception {
    byte[] png = Pictures.png();

    HttpResponse<String> response = form(field("note", "hello"), file("img", "фото.png", png, ""));

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(json(response).get("image_hash").getAsString()).isEqualTo(hash(png).hex());
  }

  @Test
  void post_multipart_hasOneFileOrIsRefused() throws Exception {
    byte[] png = Pictures.png();
    assertProblem(form(field("note", "hello")), 400, "NO_FILE_PART");
    assertProblem(form(file("img", "a.png", new byte[0], "")), 400, "EMPTY_BODY");
    assertProblem(
        form(file("a", "a.png", png, ""), file("b", "b.png", png, "")), 400, "SEVERAL_FILE_PARTS");
    assertThat(ports.take()).isEmpty();
  }

  /** Regression: a browser's second file input, in which nothing was chosen, was refused. */
  @Test
  void post_multipartWithAnEmptyFileInput_ignoresIt() throws Exception {
    byte[] png = Pictures.png();

    HttpResponse<String> response =
        form(file("img", "a.png", png, ""), file("second", "", new byte[0], "X-Empty:\r\n"));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
    assertThat(json(response).get("image_hash").getAsString()).isEqualTo(hash(png).hex());
  }

  /** Regression: a part without a name gave 500. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Disposition: form-data; filename=\"a.png\"",
        "Content-Disposition: form-data; name; filename=\"a.png\"",
        "Content-Disposition: form-data; name*=UTF-8''img; filename=\"a.png\"",
        "Content-Disposition: form-data, name=\"img\", filename=\"a.png\"",
        "Content-Disposition:",
        "Content-Disposition: form-data; name=\"img\";\r\n filename=\"a.png\"",
        "Content-Disposition: form-data; name=\"i\0g\"; filename=\"a.png\"",
        "Content-Type: image/png",
        ": x",
      })
  void post_multipartWithAPartHeaderThatCannotBeRead_is400(String header) throws Exception {
    byte[] part = (header + "\r\n\r\nGIF89a").getBytes(ISO_8859_1);

    assertProblem(form(part), 400, "MALFORMED_MULTIPART");
    assertThat(ports.take()).isEmpty();
  }

  /** Regression: the text was refused. */
  @Test
  void post_multipartWithTextAroundTheParts_ignoresIt() throws Exception {
    byte[] png = Pictures.png();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes("This is a multi-part message in MIME format.\r\n".getBytes(ISO_8859_1));
    body.writeBytes(formBody(file("img", "a.png", png, "")));
    body.writeBytes("There is nothing after it.\r\n".getBytes(ISO_8859_1));

    HttpResponse<String> response =
        post(body.toByteArray(), "Content-Type", "multipart/form-data; boundary=frontier");

    assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
    assertThat(json(response).get("image_hash").getAsString()).isEqualTo(hash(png).hex());
  }

  /** The framework returns parts by name: the last of two is the one that is used. */
  @Test
  void post_multipartPartsOfOneName_theLastCounts() throws Exception {
    byte[] png = Pictures.png();

    HttpResponse<String> response =
        form(
            file("img", "a.png", Pictures.png(), ""),
            field("delay_seconds", "x"),
            file("img", "b.png", png, ""),
            field("delay_seconds", "0"));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
    assertThat(json(response).get("image_hash").getAsString()).isEqualTo(hash(png).hex());
  }

  @Test
  void post_multipartDigest_isThePartsOwn() throws Exception {
    byte[] png = Pictures.png();
    String digest =
        "sha-256=:" + Base64.getEncoder().encodeToString(ImageHash.newDigest().digest(png)) + ":";
    assertThat(form(file("img", "a.png", png, "Content-Digest: " + digest + "\r\n")).statusCode())
        .isEqualTo(202);
    assertProblem(
        form(file("img", "a.png", Pictures.png(), "Content-Digest: " + digest + "\r\n")),
        400,
        "DIGEST_MISMATCH");
    HttpRequest whole =
        HttpRequest.newBuilder(server.uri())
            .header("Content-Type", "multipart/form-data; boundary=frontier")
            .header("Content-Digest", digest)
            .POST(BodyPublishers.ofByteArray(formBody(file("img", "a.png", png, ""))))
            .build();
    assertProblem(client.send(whole, BodyHandlers.ofString()), 400, "DIGEST_NOT_CHECKABLE");
  }

  @Test
  void otherPathsAndMethods_areRefusedClearly() throws Exception {
    assertProblem(send("POST", "/v1/pictures"), 404, "NOT_FOUND");
    assertProblem(send("POST", "/v1/images/abc/def"), 404, "NOT_FOUND");
    for (String method : List.of("GET", "PUT", "DELETE", "PATCH", "TRACE", "BREW", "post")) {
      HttpResponse<String> response = send(method, "/v1/images");
      assertProblem(response, 405, "METHOD_NOT_ALLOWED");
      assertThat(header(response, "Allow")).isEqualTo("OPTIONS, POST");
    }
    HttpResponse<String> head = send("HEAD", "/v1/images");
    assertThat(head.statusCode()).isEqualTo(405);
    assertThat(head.body()).isEmpty();
    HttpResponse<String> options = send("OPTIONS", "/v1/images");
    assertThat(options.statusCode()).isEqualTo(204);
    assertThat(header(options, "Allow")).isEqualTo("OPTIONS, POST");
    assertThat(send("GET", "/health/live").statusCode()).isEqualTo(204);
    assertThat(send("GET", "/health/ready").statusCode()).isEqualTo(200);
  }

  @Test
  void requestId_saneOneIsKept_otherIsReplaced() throws Exception {
    assertThat(header(post(new byte[0], "X-Request-Id", "my-id_1.2"), "X-Request-Id"))
        .isEqualTo("my-id_1.2");
    assertThat(header(post(new byte[0], "X-Request-Id", "<script>"), "X-Request-Id"))
        .matches("[0-9a-f]{32}");
    assertThat(header(post(new byte[0], "X-Request-Id", "x".repeat(129)), "X-Request-Id"))
        .matches("[0-9a-f]{32}");
  }

  @Test
  void post_brokenOff_changesNothing() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      byte[] png = Pictures.png();
      String head =
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + (png.length + 1) + "\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(ISO_8859_1));
      socket.getOutputStream().write(png);
      socket.shutdownOutput();
      String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);

      assertThat(answer).startsWith("HTTP/1.1 400 ").contains("INCOMPLETE_BODY");
      assertThat(ports.take()).isEmpty();
    }
  }

  @Test
  void construction_wrongSettings_namesEachOfThem() {
    Map<String, String> wrong =
        Map.of(
            "MAX_IMAGE_BYTES", "much",
            "MAX_IMAGE_PIXELS", "-1",
            "UPLOAD_BUDGET_BYTES", "0",
            "UPLOAD_SECONDS", "0",
            "PUBLIC_URL", "ftp://x",
            "LOG_FORMAT", "xml");

    assertThatThrownBy(() -> new UploadFunction(wrong, ports))
        .isInstanceOfSatisfying(
            InvalidSettings.class,
            e ->
                assertThat(e.problems())
                    .hasSize(6)
                    .allMatch(problem -> wrong.keySet().stream().anyMatch(problem::startsWith)));
  }

  private HttpRequest request(byte[] body, String... headers) {
    HttpRequest.Builder builder = HttpRequest.newBuilder(server.uri());
    if (headers.length > 0) {
      builder.headers(headers);
    }
    return builder.POST(BodyPublishers.ofByteArray(body)).build();
  }

  private HttpResponse<String> post(byte[] body, String... headers) throws Exception {
    return client.send(request(body, headers), BodyHandlers.ofString());
  }

  private HttpResponse<String> send(String method, String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.uri() + path))
            .method(method, BodyPublishers.noBody())
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  private static List<String> fieldErrors(HttpResponse<String> response) {
    List<String> errors = new ArrayList<>();
    for (JsonElement error : json(response).getAsJsonArray("errors")) {
      JsonObject one = error.getAsJsonObject();
      errors.add(one.get("field").getAsString() + " " + one.get("code").getAsString());
    }
    return errors;
  }

  private HttpResponse<String> form(byte[]... parts) throws Exception {
    return post(formBody(parts), "Content-Type", "multipart/form-data; boundary=frontier");
  }

  private static byte[] formBody(byte[]... parts) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      body.writeBytes("--frontier\r\n".getBytes(ISO_8859_1));
      body.writeBytes(part);
      body.writeBytes("\r\n".getBytes(ISO_8859_1));
    }
    body.writeBytes("--frontier--\r\n".getBytes(ISO_8859_1));
    return body.toByteArray();
  }

  private static byte[] field(String name, String value) {
    return ("Content-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value)
        .getBytes(UTF_8);
  }

  private static byte[] file(String name, String filename, byte[] bytes, String moreHeaders) {
    ByteArrayOutputStream part = new ByteArrayOutputStream();
    String head =
        "Content-Disposition: form-data; name=\""
            + name
            + "\"; filename=\""
            + filename
            + "\"\r\nContent-Type: image/png\r\n"
            + moreHeaders
            + "\r\n";
    part.writeBytes(head.getBytes(UTF_8));
    part.writeBytes(bytes);
    return part.toByteArray();
  }

  private List<Delivery> receive() {
    return stores.workSubscription().receive(100, Duration.ofMinutes(3), Instant.now());
  }

  private ImageRecord record(byte[] bytes) {
    return stores.records().find(hash(bytes), Instant.now()).orElseThrow();
  }
}
