package dev.whatsit.upload;

import static dev.whatsit.upload.Pictures.hash;
import static dev.whatsit.upload.Responses.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.whatsit.contracts.PortCalls;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.invoker.FunctionServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Submissions that name a URL, fetched from a real server on the loopback. */
class SourceUploadTest {
  private static final int MAX_BYTES = 100_000;

  @TempDir Path data;

  private final HttpClient client = HttpClient.newHttpClient();
  private final EmbeddedBackend embedded = new EmbeddedBackend();
  private final PortCalls ports = new PortCalls(embedded);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final ExecutorService workers = Executors.newCachedThreadPool();
  private HttpServer source;
  private UploadFunction function;
  private FunctionServer server;

  @BeforeEach
  void start() throws IOException {
    source = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    source.setExecutor(workers);
    source.start();
    function = new UploadFunction(settings(Map.of()), ports);
    server = FunctionServer.serve(function);
  }

  @AfterEach
  void stop() throws IOException {
    ended.countDown();
    server.close();
    function.close();
    embedded.close();
    source.stop(0);
    workers.shutdown();
  }

  private Map<String, String> settings(Map<String, String> more) {
    Map<String, String> all = new HashMap<>();
    all.put("WHATSIT_DATA", data.toString());
    all.put("MAX_IMAGE_BYTES", Integer.toString(MAX_BYTES));
    all.put("MAX_IMAGE_PIXELS", "10000");
    all.put("OUTBOUND_ALLOW", "127.0.0.0/8");
    all.put("OUTBOUND_PORTS", "80,443," + source.getAddress().getPort());
    all.put("OUTBOUND_SECONDS", "2");
    all.putAll(more);
    return all;
  }

  /** Serves bytes, and returns their URL. */
  private String serve(byte[] body, String... headers) {
    return serve(
        exchange -> {
          for (int i = 0; i < headers.length; i += 2) {
            exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
          }
          exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
        });
  }

  private interface Answer {
    void write(HttpExchange exchange) throws IOException;
  }

  private String serve(Answer answer) {
    String path = "/" + UUID.randomUUID();
    source.createContext(
        path,
        exchange -> {
          try (exchange) {
            answer.write(exchange);
          }
        });
    return "http://127.0.0.1:" + source.getAddress().getPort() + path;
  }

  private HttpResponse<String> submit(String url, String... headers) throws Exception {
    JsonObject body = new JsonObject();
    body.addProperty("source_url", url);
    return post(body.toString(), headers);
  }

  private HttpResponse<String> post(String body, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/v1/images"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private JsonObject refusal(HttpResponse<String> response, String code) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(422);
    JsonObject problem = json(response);
    assertThat(problem.get("code").getAsString()).as(response.body()).isEqualTo(code);
    JsonObject error = problem.getAsJsonArray("errors").get(0).getAsJsonObject();
    assertThat(problem.getAsJsonArray("errors")).hasSize(1);
    assertThat(error.get("field").getAsString()).isEqualTo("source_url");
    assertThat(error.get("code").getAsString()).isEqualTo(code);
    assertThat(response.body()).doesNotContain("127.0.0.1").doesNotContain("Exception");
    assertThat(ports.take()).isEmpty();
    assertThat(function.bytesInFlight()).isZero();
    return problem;
  }

  @Test
  void post_url_isTakenLikeItsBytes() throws Exception {
    byte[] png = Pictures.png();
    String url = serve(png, "Content-Type", "text/html");

    HttpResponse<String> first = submit(url);

    assertThat(first.statusCode()).as(first.body()).isEqualTo(202);
    assertThat(json(first).get("image_hash").getAsString()).isEqualTo(hash(png).hex());
    assertThat(json(first).get("content_type").getAsString()).isEqualTo("image/png");
    assertThat(json(first).get("size_bytes").getAsInt()).isEqualTo(png.length);
    assertThat(first.headers().firstValue("Location")).contains("/v1/images/" + hash(png).hex());
    assertThat(ports.take())
        .containsExactly("get images", "putIfAbsent", "publish", "commit images");
    assertThat(function.bytesInFlight()).isZero();

    assertThat(submit(url).statusCode()).isEqualTo(202);
    assertThat(ports.take()).containsExactly("get images");
  }

  @Test
  void post_sourceWithTooManyBytes_isRefusedWithTheLimit() throws Exception {
    String declared = serve(new byte[MAX_BYTES + 1]);
    String unknown =
        serve(
            exchange -> {
              exchange.sendResponseHeaders(200, 0);
              OutputStream out = exchange.getResponseBody();
              while (true) {
                out.write(new byte[10_000]);
              }
            });

    for (String url : List.of(declared, unknown)) {
      JsonObject problem = refusal(submit(url), "SOURCE_TOO_LARGE");
      assertThat(problem.get("max_bytes").getAsInt()).isEqualTo(MAX_BYTES);
    }
  }

  @Test
  void post_sourceThatIsNoPicture_isRefused() throws Exception {
    byte[] png = Pictures.png();
    refusal(submit(serve("<html>".getBytes(UTF_8))), "SOURCE_UNSUPPORTED_FORMAT");
    refusal(submit(serve(Arrays.copyOf(png, 20))), "SOURCE_CORRUPT_IMAGE");
    refusal(submit(serve(new byte[0])), "SOURCE_EMPTY");
    refusal(submit(serve(png, "Content-Encoding", "gzip")), "SOURCE_ENCODED");
    refusal(submit(serve(HexFormat.of().parseHex(Pictures.CODE_TABLES))), "SOURCE_TOO_COMPLEX");
    JsonObject problem =
        refusal(submit(serve(Pictures.picture("png", 101, 100))), "SOURCE_TOO_MANY_PIXELS");
    assertThat(problem.get("max_pixels").getAsInt()).isEqualTo(10_000);
  }

  @Test
  void post_sourceThatAnswersOtherwise_isRefused() throws Exception {
    String missing = serve(exchange -> exchange.sendResponseHeaders(404, -1));
    JsonObject problem = refusal(submit(missing), "SOURCE_STATUS");
    assertThat(problem.get("source_status").getAsInt()).isEqualTo(404);

    String inside =
        serve(
            exchange -> {
              exchange.getResponseHeaders().add("Location", "http://169.254.169.254/");
              exchange.sendResponseHeaders(301, -1);
            });
    refusal(submit(inside), "SOURCE_FORBIDDEN");

    String circle =
        serve(
            exchange -> {
              exchange.getResponseHeaders().add("Location", exchange.getRequestURI().getPath());
              exchange.sendResponseHeaders(302, -1);
            });
    refusal(submit(circle), "SOURCE_REDIRECT");

    String broken =
        serve(
            exchange -> {
              exchange.sendResponseHeaders(200, 1000);
              exchange.getResponseBody().write(1);
              exchange.getResponseBody().flush();
              throw new IOException("enough");
            });
    refusal(submit(broken), "SOURCE_UNREACHABLE");

    String slow =
        serve(
            exchange -> {
              exchange.sendResponseHeaders(200, 1000);
              exchange.getResponseBody().write(1);
              exchange.getResponseBody().flush();
              try {
                ended.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
            });
    refusal(submit(slow), "SOURCE_TIMEOUT");
  }

  @ParameterizedTest
  @CsvSource({
    "http://10.0.0.1/, SOURCE_FORBIDDEN",
    "http://169.254.169.254/computeMetadata/v1/, SOURCE_FORBIDDEN",
    "http://[::1]/, SOURCE_FORBIDDEN",
    "ftp://example.com/cat.jpg, SOURCE_FORBIDDEN",
    "file:///etc/passwd, SOURCE_FORBIDDEN",
    "https://user:password@example.com/, SOURCE_FORBIDDEN",
    "https://example.com:22/, SOURCE_FORBIDDEN",
    "http://2130706433/, SOURCE_INVALID",
    "cat.jpg, SOURCE_INVALID",
    "'', SOURCE_INVALID",
  })
  void post_urlThatTheGuardRefuses_isRefused(String url, String code) throws Exception {
    assertThat(refusal(submit(url), code).toString()).doesNotContain("password@");
  }

  /** Regression: a body within its limit took tens of megabytes as a JSON tree. */
  @Test
  void post_hundredsOfThousandsOfValues_areRefusedBeforeTheyAreKept() throws Exception {
    HttpResponse<String> response = post("{\"source_url\": [" + "0,".repeat(500_000) + "0]}");

    assertThat(response.statusCode()).isEqualTo(422);
    assertThat(json(response).getAsJsonArray("errors").toString()).contains("TOO_MANY_VALUES");
  }

  /** Regression: each error repeated the name, which together filled the heap. */
  @Test
  void post_hugeName_isRefusedBeforeItIsRepeated() throws Exception {
    HttpResponse<String> response =
        post("{\"" + "n".repeat(600_000) + "\": [" + "1e99,".repeat(2_000) + "1]}");

    assertThat(response.statusCode()).isEqualTo(422);
    assertThat(response.body()).contains("NAME_TOO_LONG").hasSizeLessThan(2_000);
  }

  @Test
  void post_withADelay_isFetchedNowAndScheduled() throws Exception {
    byte[] png = Pictures.png();
    String url = serve(png, "Content-Type", "image/png");

    HttpResponse<String> response =
        post("{\"source_url\": \"" + url + "\", \"delay_seconds\": 3600}");

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(json(response).get("status").getAsString()).isEqualTo("scheduled");
    assertThat(json(response).get("image_hash").getAsString()).isEqualTo(hash(png).hex());
    assertThat(ports.take())
        .containsExactly("get images", "putIfAbsent", "commit images", "schedule");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                                | source_url:REQUIRED
          {"source_url": null}                              | source_url:REQUIRED
          {"source_url": 1}                                 | source_url:WRONG_TYPE
          {"source_url": ["http://example.com/"]}           | source_url:WRONG_TYPE
          {"source_url": "http://10.0.0.1/", "x": 1}        | source_url:SOURCE_FORBIDDEN x:UNKNOWN_MEMBER
          {"Source_URL": "http://example.com/"}             | source_url:REQUIRED Source_URL:UNKNOWN_MEMBER
          {"source_url": "a", "source_url": "b", "x": 1}    | source_url:GIVEN_TWICE source_url:SOURCE_INVALID x:UNKNOWN_MEMBER
          {"source_url": "http://10.0.0.1/", "delay_seconds": 1e99999} | source_url:SOURCE_FORBIDDEN delay_seconds:OUT_OF_RANGE
          {"delay_seconds": "3", "not_before": 1}           | source_url:REQUIRED delay_seconds:CONFLICTING not_before:CONFLICTING delay_seconds:WRONG_TYPE not_before:WRONG_TYPE
          {"source_url": "http://10.0.0.1/", "delay_seconds": -1} | source_url:SOURCE_FORBIDDEN delay_seconds:OUT_OF_RANGE
          []                                                | body:WRONG_TYPE
          {"source_url": [[[[[[[[[1]]]]]]]]]}               | source_url[0][0][0][0][0][0][0]:TOO_DEEP
          """)
  void post_wrongFields_areAllNamed(String body, String expected) throws Exception {
    HttpResponse<String> response = post(body);

    assertThat(response.statusCode()).isEqualTo(422);
    assertThat(json(response).get("code").getAsString()).isEqualTo("INVALID_REQUEST");
    List<String> errors = new ArrayList<>();
    for (JsonElement error : json(response).getAsJsonArray("errors")) {
      errors.add(
          error.getAsJsonObject().get("field").getAsString()
              + ":"
              + error.getAsJsonObject().get("code").getAsString());
    }
    assertThat(errors).containsExactlyInAnyOrder(expected.split(" ", -1));
    assertThat(ports.take()).isEmpty();
  }

  @Test
  void post_jsonThatCannotBeRead_isRefused() throws Exception {
    assertThat(post("").statusCode()).isEqualTo(400);
    assertThat(json(post("{")).get("code").getAsString()).isEqualTo("MALFORMED_JSON");
    HttpResponse<String> large = post("{\"source_url\": \"" + "a".repeat(1 << 20) + "\"}");
    assertThat(large.statusCode()).isEqualTo(413);
    assertThat(json(large).get("code").getAsString()).isEqualTo("BODY_TOO_LARGE");
    assertThat(json(large).get("max_bytes").getAsInt()).isEqualTo(1 << 20);
  }

  @Test
  void post_digestBesideAUrl_isTheJsonsOwn() throws Exception {
    byte[] png = Pictures.png();
    String body = "{\"source_url\": \"" + serve(png) + "\"}";

    HttpResponse<String> ofTheImage = post(body, "Content-Digest", digest(png));
    assertThat(ofTheImage.statusCode()).isEqualTo(400);
    assertThat(json(ofTheImage).get("code").getAsString()).isEqualTo("DIGEST_MISMATCH");
    assertThat(ports.take()).isEmpty();

    assertThat(post(body, "Content-Digest", digest(body.getBytes(UTF_8))).statusCode())
        .isEqualTo(202);
    assertThat(post(body, "Content-Digest", "nonsense=").statusCode()).isEqualTo(202);
    assertThat(post(body, "Content-Digest", "sha-256=nonsense").statusCode()).isEqualTo(400);
  }

  private static String digest(byte[] bytes) {
    return "sha-256=:"
        + Base64.getEncoder().encodeToString(ImageHash.newDigest().digest(bytes))
        + ":";
  }

  @Test
  void construction_wrongSettings_namesEachOfThem() {
    assertThatThrownBy(
            () ->
                new UploadFunction(
                    settings(
                        Map.of(
                            "OUTBOUND_PORTS", "http",
                            "OUTBOUND_SECONDS", "0",
                            "K_SERVICE", "whatsit-upload")),
                    embedded))
        .isInstanceOfSatisfying(
            InvalidSettings.class,
            refused ->
                assertThat(refused.problems())
                    .hasSize(3)
                    .anyMatch(problem -> problem.startsWith("OUTBOUND_PORTS"))
                    .anyMatch(problem -> problem.startsWith("OUTBOUND_SECONDS"))
                    .anyMatch(problem -> problem.startsWith("OUTBOUND_ALLOW")));
  }
}
