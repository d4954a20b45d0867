package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageHash;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The whole system over HTTP, with real classification, on every platform. The client checks every
 * response against the API description.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class EndToEndSuite {
  private static final int MAX_IMAGE_BYTES = 20 * 1024 * 1024;

  private LocalServer server;
  private Client client;
  private Path folder;

  /** Starts the server of this platform. */
  abstract LocalServer startServer(Path data) throws Exception;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    folder = data;
    server = startServer(data);
    client = new Client(server.port());
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
  }

  LocalServer server() {
    return server;
  }

  Client client() {
    return client;
  }

  /** The data folder. */
  Path data() {
    return folder;
  }

  @Test
  void submit_photo_isClassifiedAndCanBeSeen() throws Exception {
    byte[] photo = Pictures.cat();
    String hash = Pictures.hash(photo);

    Response submitted = client.post(photo, "Content-Type", "image/jpeg");
    assertThat(submitted.status()).isEqualTo(202);
    assertThat(submitted.header("Location")).contains("/v1/images/" + hash);
    Response done = client.awaitIllustrated(hash);

    JsonObject image = done.json();
    assertThat(image.get("status").getAsString()).isEqualTo("success");
    assertThat(image.get("attempts").getAsInt()).isEqualTo(1);
    JsonObject best = image.getAsJsonArray("annotations").get(0).getAsJsonObject();
    assertThat(best.get("label").getAsString()).isEqualTo("cat");
    assertThat(image.getAsJsonArray("objects")).isNotEmpty();

    String link = absolute(image.get("image_url").getAsString());
    Response seen = Client.open(link);
    assertThat(seen.status()).isEqualTo(200);
    assertThat(seen.body()).isEqualTo(photo);
    assertThat(seen.header("Content-Type")).contains("image/jpeg");
    assertThat(seen.header("Content-Length")).contains(Integer.toString(photo.length));

    Response again = client.post(photo, "Content-Type", "image/jpeg");
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.integer("attempts")).isEqualTo(1);

    String etag = done.header("ETag").orElseThrow();
    Response unchanged = client.get("/v1/images/" + hash, "If-None-Match", etag);
    assertThat(unchanged.status()).isEqualTo(304);
    // Regression: it was 0, which a cache may take as the length of its stored response.
    assertThat(unchanged.header("Content-Length")).isEmpty();
    Response head = client.send("HEAD", "/v1/images/" + hash, BodyPublishers.noBody());
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.header("ETag")).contains(etag);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "gif", "bmp", "jpg"})
  void submit_eachFormat_isAcceptedWhateverTheHeaderClaims(String format) throws Exception {
    byte[] picture = Pictures.of(format.hashCode(), format);
    Response response = client.post(picture, "Content-Type", "text/plain");
    assertThat(response.status()).isEqualTo(202);
    Response done = client.awaitFinal(Pictures.hash(picture));
    assertThat(done.string("status")).isEqualTo("success");
  }

  record Refusal(String name, ImageBytes content, int status, String code) {
    Refusal(String name, byte[] body, int status, String code) {
      this(name, ImageBytes.of(body), status, code);
    }

    byte[] body() {
      byte[] body = new byte[content.size()];
      content.read(0, body, 0, body.length);
      return body;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Refusal> refusals() throws IOException {
    byte[] cut = Arrays.copyOf(Pictures.cat(), 20);
    return List.of(
        new Refusal("empty", new byte[0], 400, "EMPTY_BODY"),
        new Refusal("text", "hello".getBytes(StandardCharsets.UTF_8), 415, "UNSUPPORTED_FORMAT"),
        new Refusal(
            "svg",
            "<svg xmlns='http://www.w3.org/2000/svg'/>".getBytes(StandardCharsets.UTF_8),
            415,
            "UNSUPPORTED_FORMAT"),
        new Refusal("gzip", gzip(Pictures.cat()), 415, "UNSUPPORTED_FORMAT"),
        new Refusal("cut header", cut, 415, "CORRUPT_IMAGE"),
        new Refusal("10^10 pixels", Pictures.pngHeader(100_000, 100_000), 413, "TOO_MANY_PIXELS"),
        new Refusal(
            "one byte too many",
            Arrays.copyOf(Pictures.png(11), MAX_IMAGE_BYTES + 1),
            413,
            "IMAGE_TOO_LARGE"));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void submit_noAcceptedImage_isRefusedWhateverItsFraming(Refusal refusal) throws Exception {
    Response response = client.post(refusal.body(), "Content-Type", "image/jpeg");
    response.assertProblem(refusal.status(), refusal.code());
    Response chunked = postChunks(refusal.body());
    chunked.assertProblem(refusal.status(), refusal.code());
  }

  @Test
  void submit_largestSize_isAccepted() throws Exception {
    byte[] largest = Arrays.copyOf(Pictures.png(12), MAX_IMAGE_BYTES);
    assertThat(client.post(largest).status()).isEqualTo(202);
  }

  @Test
  void submit_goodHeaderOverBrokenData_endsAsErrorOfTheImage() throws Exception {
    byte[] png = Pictures.png(13);
    Arrays.fill(png, 60, 160, (byte) 0);
    Response submitted = client.post(png);
    // Classify fails so fast that it may have finished before the response was written.
    assertThat(submitted.status()).isIn(200, 202);
    JsonObject image = client.awaitFinal(Pictures.hash(png)).json();
    assertThat(image.get("status").getAsString()).isEqualTo("error");
    JsonObject error = image.getAsJsonObject("error");
    assertThat(error.get("code").getAsString()).isEqualTo("CORRUPT_IMAGE");
    assertThat(error.get("retryable").getAsBoolean()).isFalse();
    // A second upload returns the result without another run.
    assertThat(client.post(png).status()).isEqualTo(200);
  }

  @Test
  void submit_encodedBody_isRefused() throws Exception {
    Response response = client.post(gzip(Pictures.cat()), "Content-Encoding", "gzip");
    response.assertProblem(415, "UNSUPPORTED_CONTENT_ENCODING");
  }

  @Test
  void submit_digest_isChecked() throws Exception {
    byte[] picture = Pictures.png(14);
    String right = Base64.getEncoder().encodeToString(ImageHash.newDigest().digest(picture));
    assertThat(client.post(picture, "Content-Digest", "sha-256=:" + right + ":").status())
        .isEqualTo(202);
    Response wrong = client.post(Pictures.png(15), "Content-Digest", "sha-256=:" + right + ":");
    wrong.assertProblem(400, "DIGEST_MISMATCH");
  }

  @Test
  void submit_multipart_isAcceptedWhateverItsFraming() throws Exception {
    byte[] picture = Pictures.png(20);
    Response response = new Form().file("img", picture).submit(client, "");
    assertThat(response.status()).isEqualTo(202);
    assertThat(response.string("image_hash")).isEqualTo(Pictures.hash(picture));
    byte[] form = new Form().file("img", Pictures.png(21)).bytes();
    assertThat(postChunks(form, "Content-Type", Form.TYPE).status()).isEqualTo(202);
  }

  /** Regression: it was taken for a form because the word stands in a parameter. */
  @Test
  void submit_imageWhoseTypeNamesAFormInAParameter_isTheBody() throws Exception {
    Response response =
        client.post(Pictures.png(29), "Content-Type", "image/png; x=multipart/form-data");

    assertThat(response.status()).as("%s", response).isEqualTo(202);
  }

  @Test
  void submit_multipartWithTwoFilesOfOneName_takesTheLast() throws Exception {
    byte[] form = new Form().file("img", Pictures.png(27)).file("img", Pictures.png(28)).bytes();

    assertThat(multipart(form).string("image_hash")).isEqualTo(Pictures.hash(Pictures.png(28)));
    assertThat(client.get("/v1/images/" + Pictures.hash(Pictures.png(27))).status()).isEqualTo(404);
  }

  /** Regression: only the most common spelling of the boundary was read. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "multipart/form-data; Boundary=edge",
        "multipart/form-data ; boundary=edge",
        "multipart/form-data; boundary = \"edge\"",
        "multipart/form-data; x=\"a;boundary=b\"; boundary= edge ; y=z",
        "Multipart/Form-Data;charset=utf-8;BOUNDARY=edge",
      })
  void submit_multipartBoundaryInAnySpelling_isRead(String type) throws Exception {
    Response response =
        client.post(new Form().file("img", Pictures.png(31)).bytes(), "Content-Type", type);

    assertThat(response.status()).as("%s", response).isIn(200, 202);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "multipart/form-data; boundary",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"edge",
        "multipart/form-data; x=\"; boundary=edge\"",
      })
  void submit_multipartBoundaryThatCannotBeRead_isMalformed(String type) throws Exception {
    client
        .post(new Form().file("img", Pictures.png(32)).bytes(), "Content-Type", type)
        .assertProblem(400, "MALFORMED_MULTIPART");
  }

  /** Regression: a part without a name gave 500. */
  @Test
  void submit_multipartWithANamelessPart_isMalformed() throws Exception {
    String part =
        "--edge\r\nContent-Disposition: form-data; filename=\"a\"\r\n\r\nx\r\n--edge--\r\n";

    multipart(part.getBytes(StandardCharsets.UTF_8)).assertProblem(400, "MALFORMED_MULTIPART");
  }

  /** Regression: the text was refused. */
  @Test
  void submit_multipartWithLongTextAroundTheParts_ignoresIt() throws Exception {
    byte[] picture = Pictures.png(26);
    byte[] text = "One line of many.\r\n".repeat(50).getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(text);
    body.write(new Form().file("img", picture).bytes());
    body.write(text);
    Response response = multipart(body.toByteArray());
    assertThat(response.status()).isEqualTo(202);
    assertThat(response.string("image_hash")).isEqualTo(Pictures.hash(picture));
  }

  @Test
  void submit_multipartWithoutOrWithSeveralFiles_isRefused() throws Exception {
    assertThat(multipart("--edge--\r\n".getBytes(StandardCharsets.UTF_8)).status()).isEqualTo(400);
    byte[] two = new Form().file("a", Pictures.png(22)).file("b", Pictures.png(23)).bytes();
    assertThat(multipart(two).code()).isEqualTo("SEVERAL_FILE_PARTS");
  }

  @Test
  void submit_multipartThatTheFrameworkRefuses_isAProblem() throws Exception {
    Response broken = multipart("--edge\r\nnonsense".getBytes(StandardCharsets.UTF_8));
    broken.assertProblem(400, "MALFORMED_MULTIPART");
    Response without =
        client.post(
            new Form().file("img", Pictures.png(24)).bytes(),
            "Content-Type",
            "multipart/form-data");
    without.assertProblem(400, "MALFORMED_MULTIPART");
  }

  /** Regression: Jetty closed the connection without saying so, and the next request failed. */
  @ParameterizedTest
  @ValueSource(ints = {100, 10 * 1024 * 1024 + 1})
  void submit_multipartThatCannotBeParsed_leavesTheConnectionUsable(int size) throws Exception {
    byte[] form =
        ("--edge\r\nContent-Disposition: form-data; name=\"img\"; filename=\"a\"\r\n\r\n"
                + "x".repeat(size)
                + (size > 100 ? "\r\n--edge--\r\n" : ""))
            .getBytes(StandardCharsets.US_ASCII);
    String head =
        "POST /v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
            + form.length
            + "\r\nContent-Type: multipart/form-data; boundary=edge\r\n\r\n";
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(form);
      assertThat(client.readResponse("POST", "/v1/images", socket.getInputStream()).status())
          .isIn(400, 413);
      socket.getOutputStream().write(request("GET /health/live"));
      assertThat(client.readResponse("GET", "/health/live", socket.getInputStream()).status())
          .isEqualTo(204);
    }
  }

  @Test
  void submit_multipartOverTheFrameworksLimit_asksForPlainBytes() throws Exception {
    byte[] picture = Arrays.copyOf(Pictures.png(25), 10 * 1024 * 1024 + 1);
    Response response = new Form().file("img", picture).submit(client, "");
    response.assertProblem(413, "MULTIPART_TOO_LARGE");
    assertThat(client.post(picture).status()).isEqualTo(202);
    Response far = multipart(new byte[22 * 1024 * 1024]);
    assertThat(far.code()).isEqualTo("MULTIPART_TOO_LARGE");
  }

  @Test
  void submit_bodyShorterThanDeclared_isRefusedAndNothingStored() throws Exception {
    byte[] picture = Pictures.png(30);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket
          .getOutputStream()
          .write(request("POST /v1/images", "Content-Length: " + picture.length * 2));
      socket.getOutputStream().write(picture);
      socket.shutdownOutput();
      // A response is optional, but the server must not accept the partial body.
      socket.getInputStream().readAllBytes();
    }
    assertThat(client.get("/v1/images/" + Pictures.hash(picture)).status()).isEqualTo(404);
  }

  @Test
  void submit_bodyLongerThanDeclared_readsWhatWasDeclared() throws Exception {
    byte[] picture = Pictures.png(31);
    Response response =
        client.raw(
            "POST",
            "/v1/images",
            request("POST /v1/images", "Content-Length: " + picture.length),
            picture,
            "rubbish".getBytes(StandardCharsets.UTF_8));
    assertThat(response.status()).isEqualTo(202);
  }

  @Test
  void submit_connectionDroppedHalfWay_isForgotten() throws Exception {
    byte[] picture = Pictures.png(32);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoLinger(true, 0);
      socket.getOutputStream().write(request("POST /v1/images", "Content-Length: 1000000"));
      socket.getOutputStream().write(picture);
      socket.getOutputStream().flush();
    }
    assertThat(client.get("/v1/images/" + Pictures.hash(picture)).status()).isEqualTo(404);
    assertThat(client.get("/health/ready").status()).isEqualTo(200);
  }

  @Test
  void submit_expectContinue_isAskedForTheBodyOnlyWhenItIsWanted() throws Exception {
    byte[] picture = Pictures.png(33);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket
          .getOutputStream()
          .write(
              request(
                  "POST /v1/images", "Expect: 100-continue", "Content-Length: " + picture.length));
      byte[] interim = socket.getInputStream().readNBytes("HTTP/1.1 100".length());
      assertThat(new String(interim, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 100");
      socket.getOutputStream().write(picture);
      // Skips the rest of the interim response's head.
      int newlines = 0;
      while (newlines < 2) {
        newlines += socket.getInputStream().read() == '\n' ? 1 : 0;
      }
      assertThat(client.readResponse("POST", "/v1/images", socket.getInputStream()).status())
          .isEqualTo(202);
    }
    Response refused =
        client.raw(
            "POST",
            "/v1/images",
            request(
                "POST /v1/images",
                "Expect: 100-continue",
                "Content-Length: " + (MAX_IMAGE_BYTES + 1)));
    assertThat(refused.code()).isEqualTo("IMAGE_TOO_LARGE");
  }

  @Test
  void read_noHash_isInvalidAndUnknown_isNotFound() throws Exception {
    for (String wrong : List.of("a".repeat(63), "a".repeat(65), "A".repeat(64), "g".repeat(64))) {
      Response response = client.get("/v1/images/" + wrong);
      response.assertProblem(400, "INVALID_HASH");
    }
    Response unknown = client.get("/v1/images/" + "0".repeat(64));
    unknown.assertProblem(404, "IMAGE_NOT_FOUND");
    Response head = client.send("HEAD", "/v1/images/" + "0".repeat(64), BodyPublishers.noBody());
    assertThat(head.status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2/images",
        "/v1",
        "/v1/images/",
        "/v1/images/x/y",
        "/v1/image",
        "/favicon.ico",
        "/docs/nothing.js",
        "/v1/images/.well-known/content/x"
      })
  void anyPath_unknown_isNotFound(String path) throws Exception {
    Response response = client.get(path);
    response.assertProblem(404, "NOT_FOUND");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "//v1/images",
        "/v1//images",
        "/v1/../v1/images",
        "/v1/./images",
        "/v1/images/%2e%2e",
        "/health%2Flive",
        "/docs/%06",
        "/docs/%0A",
        "/docs/%7F",
        "/docs/%00",
        "/v1/batches/%C2%84/x",
        "/v1/images%2F",
        "/%2e%2e/v1/images",
        "/v1/images;a=b",
        "/docs/../metrics",
        "/docs/..%2f..%2fmetrics",
        "/v1/images/%2e%2e/content",
        "/v1/images/..;/health/live",
        "/V1/images",
        "/docs\\..\\metrics"
      })
  void anyPath_writtenInAnotherWay_reachesNothing(String path) throws Exception {
    Response response = get(path, "localhost");
    assertThat(response.status()).isIn(400, 404);
    assertThat(response.code()).isIn("NOT_FOUND", "MALFORMED_REQUEST");
  }

  /** Regression: clients that escape ":" or another plain character got 400 INVALID_HASH. */
  @Test
  void anyPath_escapedCharactersThatNeedNoEscape_isThePlainPath() throws Exception {
    String hash = "f" + "0".repeat(63);
    for (String path : List.of("/v1/images/%66" + hash.substring(1), "/v1/%69mages/" + hash)) {
      get(path, "localhost").assertProblem(404, "IMAGE_NOT_FOUND");
    }
    client
        .send("POST", "/v1/images/" + hash + "%3Aretry", BodyPublishers.noBody())
        .assertProblem(404, "IMAGE_NOT_FOUND");
    get("/v1/images/" + hash + "%3Bx", "localhost").assertProblem(400, "INVALID_HASH");
    get("/v1/images/" + hash + ";x", "localhost").assertProblem(400, "INVALID_HASH");
    get("/v1/images/" + hash + "%2Fcallbacks", "localhost").assertProblem(400, "INVALID_HASH");
  }

  /** Regression: OPTIONS was 204, 400 or 404, depending on what stood in the hash's place. */
  @ParameterizedTest
  @ValueSource(strings = {"null", "%C2%84", "%7F", "a;b", "0", "~"})
  void options_anyParameter_hasTheMethodsOfThePath(String parameter) throws Exception {
    for (String path :
        List.of(
            "/v1/images/{}",
            "/v1/images/{}:retry",
            "/v1/images/{}:redeliver",
            "/v1/images/{}/callbacks",
            "/v1/images/{}/content",
            "/v1/thumbnails/{}",
            "/v1/batches/{}",
            "/v1/batches/{}:redeliver",
            "/v1/batches/{}/callbacks",
            "/docs/{}")) {
      String sent = path.replace("{}", parameter);
      Response response = client.raw("OPTIONS", sent, request("OPTIONS " + sent));
      assertThat(response.status()).as(sent).isEqualTo(204);
      assertThat(response.header("Allow").orElse("")).as(sent).contains("OPTIONS");
    }
  }

  @Test
  void options_ofTheWholeServer_hasAllMethods() throws Exception {
    Response response = client.raw("OPTIONS", "*", request("OPTIONS *"));
    assertThat(response.status()).isEqualTo(204);
    assertThat(response.header("Allow")).contains("GET, HEAD, OPTIONS, PATCH, POST");
    Response refused = client.raw("GET", "*", request("GET *"));
    assertThat(refused.status()).isIn(400, 404);
    assertThat(refused.string("instance")).startsWith("/");
  }

  @Test
  void anyPath_wrongMethod_hasAllow() throws Exception {
    for (String path :
        List.of(
            "/v1/images",
            "/v1/images/" + "0".repeat(64),
            "/v1/images/" + "0".repeat(64) + ":retry",
            "/v1/batches",
            "/health/live",
            "/health/ready",
            "/docs",
            "/metrics",
            "/",
            "/openapi.yaml")) {
      Response response = client.send("DELETE", path, BodyPublishers.noBody());
      assertThat(response.status()).as(path).isEqualTo(405);
      for (String method : List.of("TRACE", "BREW", "get")) {
        Response other =
            client.raw(method, path, method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(other.status()).as(method + " " + path).isEqualTo(405);
        assertThat(other.header("Allow"))
            .as(method + " " + path)
            .isEqualTo(response.header("Allow"));
      }
      Response options =
          client.raw("OPTIONS", path, "OPTIONS " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assertThat(options.status()).as(path).isEqualTo(204);
      assertThat(options.header("Allow")).as(path).isEqualTo(response.header("Allow"));
    }
  }

  @Test
  void anyRequest_serverRefusesIt_answersAProblem() throws Exception {
    assertThat(client.raw("GET", "/nowhere", "nonsense\r\n\r\n").status()).isEqualTo(400);
    assertThat(client.raw("GET", "/nowhere", "GET / HTTP/1.1\r\n\r\n").status()).isEqualTo(400);
    String badName = "GET /nowhere HTTP/1.1\r\nHost: localhost\r\nBad Name: y\r\n\r\n";
    assertThat(client.raw("GET", "/nowhere", badName).status()).isEqualTo(400);
    byte[] twoFramings =
        request("POST /v1/images", "Content-Length: 1", "Transfer-Encoding: chunked");
    assertThat(client.raw("POST", "/nowhere", twoFramings).status()).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip, chunked", "gzip", "identity, chunked"})
  void submit_unknownTransferCoding_isNotImplemented(String coding) throws Exception {
    byte[] picture = Pictures.png(91);
    // In one piece: the server closes the connection as soon as it has read the header.
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    sent.write(request("POST /v1/images", "Transfer-Encoding: " + coding));
    sent.writeBytes(
        (Integer.toHexString(picture.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
    sent.writeBytes(picture);
    sent.writeBytes("\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    Response response = client.raw("POST", "/v1/images", sent.toByteArray());
    assertThat(response.status()).isIn(400, 501);
    assertThat(client.get("/v1/images/" + Pictures.hash(picture)).status()).isEqualTo(404);
  }

  @Test
  void anyRequest_absoluteForm_isServedForHttpOnly() throws Exception {
    String live = "/health/live";
    assertThat(client.raw("GET", live, request("GET http://localhost" + live)).status())
        .isEqualTo(204);
    assertThat(client.raw("GET", live, request("GET ftp://localhost" + live)).status())
        .isEqualTo(400);
    assertThat(client.raw("GET", live, request("GET http://elsewhere" + live)).status())
        .isEqualTo(400);
  }

  /** DNS rebinding: another site's name can resolve here, to send images and read results. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "notlocalhost",
        "127.0.0.1.evil.example",
        "1.2.3.4.5",
        "999.999.999.999",
        ".localhost",
        "evil.example%00.localhost"
      })
  void everyPath_nameOfAnotherHost_isMisdirected(String host) throws Exception {
    for (String path :
        List.of(
            "/v1/images/" + "0".repeat(64),
            "/v1/images/" + "0".repeat(64) + "/content",
            "/health/live",
            "/health/ready",
            "/openapi.yaml",
            "/docs",
            "/docs/start.js",
            "/metrics",
            "/",
            "/nowhere")) {
      Response response = get(path, host);
      response.assertProblem(421, "HOST_NOT_ALLOWED");
    }
    byte[] picture = Pictures.png(90);
    Response response =
        client.raw(
            "POST",
            "/v1/images",
            requestTo(host, "POST /v1/images", "Content-Length: " + picture.length),
            picture);
    assertThat(response.status()).isEqualTo(421);
    assertThat(client.get("/v1/images/" + Pictures.hash(picture)).status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LOCALHOST.",
        "app.localhost",
        "localhost:8080",
        "127.0.0.1",
        "[::1]:8080",
        "10.0.0.9"
      })
  void everyPath_thisMachineOrAnAddress_isServed(String host) throws Exception {
    assertThat(get("/health/live", host).status()).isEqualTo(204);
  }

  record ServerRefusal(int status, String query, String version, String header) {
    String of(String method, String path) {
      return "%s %s%s HTTP/%s\r\nHost: localhost\r\nConnection: close\r\n%s\r\n"
          .formatted(method, path, query, version, header);
    }
  }

  static List<ServerRefusal> serverRefusals() {
    return List.of(
        new ServerRefusal(400, "?%zz", "1.1", ""),
        new ServerRefusal(400, "", "1.1", "Content-Length: x\r\n"),
        new ServerRefusal(400, "", "1.1", "Host: elsewhere\r\n"),
        new ServerRefusal(414, "?" + "y".repeat(20_000), "1.1", ""),
        new ServerRefusal(417, "", "1.1", "Expect: the-best\r\nContent-Length: 0\r\n"),
        new ServerRefusal(426, "", "2.0", ""),
        new ServerRefusal(431, "", "1.1", "A: " + "y".repeat(20_000) + "\r\n"),
        new ServerRefusal(505, "", "3.0", ""));
  }

  /** Regression: the API description lacked these responses. */
  @ParameterizedTest
  @MethodSource("serverRefusals")
  void everyPath_serverRefusesTheRequest_answersAsDescribed(ServerRefusal refusal)
      throws Exception {
    String image = "/v1/images/" + "0".repeat(64);
    for (String path :
        List.of(
            image,
            image + "/content",
            "/health/live",
            "/health/ready",
            "/openapi.yaml",
            "/docs",
            "/docs/start.js",
            "/metrics",
            "/")) {
      for (String method : List.of("GET", "HEAD", "OPTIONS")) {
        Response response = client.raw(method, path, refusal.of(method, path));
        assertThat(response.status()).as(method + " " + path).isEqualTo(refusal.status());
      }
    }
    for (String path : List.of("/v1/images", image + ":retry")) {
      for (String method : List.of("POST", "OPTIONS")) {
        Response response = client.raw(method, path, refusal.of(method, path));
        assertThat(response.status()).as(method + " " + path).isEqualTo(refusal.status());
      }
    }
  }

  /** Regression: Jetty drops the headers of a request that it cannot read. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /health/live HTTP/1.1\r\nX-Request-Id: mine-1\r\n\r\n",
        "GET /health/live HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine-1\r\nBad Name: y\r\n\r\n",
        "POST /v1/images HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine-1\r\nContent-Length: x\r\n\r\n"
      })
  void requestId_ofAnUnreadableRequest_isKept(String request) throws Exception {
    String method = request.substring(0, request.indexOf(' '));
    String path = request.split(" ", 3)[1];
    Response response = client.raw(method, path, request);
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.header("X-Request-Id")).contains("mine-1");
    String large = request.replaceFirst("\r\n\r\n", "\r\nA: " + "y".repeat(20_000) + "\r\n\r\n");
    Response tooLarge =
        client.raw(method, path, large.replace("Bad Name", "Name").replace(": x\r", ": 1\r"));
    assertThat(tooLarge.status()).isEqualTo(431);
    assertThat(tooLarge.header("X-Request-Id")).contains("mine-1");
  }

  @Test
  void requestId_saneOneOfTheCaller_isKept() throws Exception {
    assertThat(client.get("/health/live", "X-Request-Id", "abc-123").header("X-Request-Id"))
        .contains("abc-123");
    assertThat(client.get("/nope", "X-Request-Id", "abc-123").header("X-Request-Id"))
        .contains("abc-123");
    assertThat(client.get("/nope", "X-Request-Id", "no spaces").header("X-Request-Id"))
        .isNotEqualTo("no spaces");
    assertThat(client.get("/health/live", "X-Request-Id", "x".repeat(129)).header("X-Request-Id"))
        .isNotEqualTo("x".repeat(129));
  }

  /** Regression: the response was 503, which tells a client to retry forever. */
  @Test
  void anyRequest_brokenPercentSignInTheQuery_isMalformed() throws Exception {
    for (String query : List.of("x=%zz", "x=%", "%4")) {
      Response response = get("/v1/images/" + "0".repeat(64) + "?" + query, "localhost");
      response.assertProblem(400, "MALFORMED_REQUEST");
    }
  }

  /** Regression: the gateway saw an image, but the invoker saw a form outside the memory budget. */
  @Test
  void submit_severalContentTypes_isMalformed() throws Exception {
    Response response =
        client.raw(
            "POST",
            "/v1/images",
            request(
                "POST /v1/images",
                "Content-Type: image/png",
                "Content-Type: multipart/form-data; boundary=edge",
                "Content-Length: 0"));
    response.assertProblem(400, "MALFORMED_REQUEST");
  }

  @Test
  void submit_brokenChunks_isRefusedAsUnreadable() throws Exception {
    Response response =
        client.raw(
            "POST",
            "/v1/images",
            request("POST /v1/images", "Transfer-Encoding: chunked"),
            "4\r\nabcd\r\nZZ\r\n".getBytes(StandardCharsets.US_ASCII));
    assertThat(response.status()).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"zz!", "caf%C3%A9", "0%20", "0;x=1", "%66"})
  void read_hashWithOtherCharacters_isInvalid(String hash) throws Exception {
    byte[] request = request("GET /v1/images/" + hash);
    Response response = client.raw("GET", "/v1/images/" + "0".repeat(63), request);
    response.assertProblem(400, "INVALID_HASH");
  }

  /** Regression: a partly read connection to the function was reused for the next request. */
  @Test
  void submit_afterAFormThatTheFrameworkRefused_isAccepted() throws Exception {
    byte[] tooLarge = new Form().file("img", new byte[10 * 1024 * 1024 + 1]).bytes();
    for (int i = 0; i < 6; i++) {
      assertThat(multipart(tooLarge).status()).isEqualTo(413);
      assertThat(client.post(Pictures.png(7_000 + i)).status()).isEqualTo(202);
    }
  }

  /** Sends a GET with the target as it is. */
  private Response get(String target, String host) throws Exception {
    String path = target.replaceFirst("[?].*", "");
    return client.raw("GET", path, requestTo(host, "GET " + target));
  }

  @Test
  void unknownQueryNames_areIgnoredHoweverTheyAreWritten() throws Exception {
    assertThat(get("/health/live?a={b}|c", "localhost").status()).isIn(204, 400);
    assertThat(client.get("/v1/images/" + "0".repeat(64) + "?x=1").status()).isEqualTo(404);
  }

  @Test
  void functions_calledPastTheGateway_refuse() throws Exception {
    // Finds the ports that this process listens on as any other process on the machine could.
    for (int port : Ports.listening()) {
      if (port == server.port()) {
        continue;
      }
      String status =
          Ports.statusLine(port, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assertThat(status).as("port %d", port).doesNotContain(" 20");
    }
  }

  @Test
  void service_pathsForMachines_answer() throws Exception {
    JsonObject ready = client.get("/health/ready").json();
    assertThat(ready.getAsJsonArray("parts").toString())
        .contains("upload.images", "upload.queue", "status.records", "dispatcher")
        // Regression: event functions, which have no health path, were left out.
        .contains("classify.classifier", "classify.queue");
    assertThat(client.get("/openapi.yaml").text()).startsWith("openapi: 3.1.0");
    assertThat(client.get("/").header("Location")).contains("/docs");
    Response docs = client.get("/docs");
    assertThat(docs.text()).contains("swagger-ui");
    for (String file : List.of("swagger-ui.css", "swagger-ui-bundle.js", "start.js")) {
      assertThat(client.get("/docs/" + file).status()).isEqualTo(200);
    }
  }

  /** Regression: only the bytes of forms were measured. */
  @Test
  void metrics_whileABodyArrives_showItsBytes() throws Exception {
    byte[] picture = Pictures.png(91);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.getOutputStream().write(request("POST /v1/images", "Content-Length: 12345678"));
      socket.getOutputStream().write(picture);
      socket.getOutputStream().flush();
      Pattern gauge = Pattern.compile("whatsit_upload_bytes_in_flight [1-9].*");
      // Until the function has read the first bytes.
      Client.await("gauge", () -> gauge.matcher(client.get("/metrics").text()).find());
    }
  }

  @Test
  void metrics_afterRequests_countThem() throws Exception {
    client.get("/nope");
    String metrics = client.get("/metrics").text();
    assertThat(metrics)
        .contains("whatsit_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"}")
        .contains("whatsit_deliveries_in_flight ")
        .contains("whatsit_http_request_duration_seconds_bucket")
        .contains("jvm_memory_used_bytes");
  }

  /** A link that may be relative to the server. */
  private String absolute(String link) {
    return link.startsWith("/") ? "http://127.0.0.1:" + server.port() + link : link;
  }

  private Response multipart(byte[] form) throws Exception {
    return client.post(form, "Content-Type", Form.TYPE);
  }

  private Response postChunks(byte[] body, String... headers) throws Exception {
    return client.send(
        "POST",
        "/v1/images",
        BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)),
        headers);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  /** The head of a request to this server, on a connection of its own. */
  private static byte[] request(String line, String... headers) {
    return requestTo("localhost", line, headers);
  }

  private static byte[] requestTo(String host, String line, String... headers) {
    String first = line + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n";
    String rest = Stream.of(headers).map(header -> header + "\r\n").collect(Collectors.joining());
    return (first + rest + "\r\n").getBytes(StandardCharsets.US_ASCII);
  }
}
