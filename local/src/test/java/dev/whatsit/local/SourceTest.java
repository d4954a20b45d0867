package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.net.ServerSocket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images from URLs. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SourceTest {
  private final OutsideServer source = new OutsideServer();
  private int closedPort;
  private LocalServer server;
  private Client client;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    try (ServerSocket socket = new ServerSocket(0)) {
      closedPort = socket.getLocalPort();
    }
    server =
        Servers.embedded(
            data,
            "MAX_IMAGE_BYTES",
            "1000000",
            "OUTBOUND_ALLOW",
            "127.0.0.0/8",
            "OUTBOUND_PORTS",
            closedPort + "," + source.port() + ",80",
            "OUTBOUND_SECONDS",
            "2");
    client = new Client(server.port());
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
    source.close();
  }

  private Response submit(String url, String... headers) throws Exception {
    JsonObject body = new JsonObject();
    body.addProperty("source_url", url);
    return client.sendJson("POST", "/v1/images", body.toString(), headers);
  }

  private void assertRefused(String url, String code) throws Exception {
    Response response = submit(url);
    response.assertProblem(422, code);
    JsonObject error = response.json().getAsJsonArray("errors").get(0).getAsJsonObject();
    assertThat(error.get("field").getAsString()).isEqualTo("source_url");
    assertThat(error.get("code").getAsString()).isEqualTo(code);
  }

  @Test
  void submit_urlOfAPhoto_isClassified() throws Exception {
    byte[] photo = Pictures.cat();
    String url = source.of(photo);

    Response submitted = submit(source.to(url));

    assertThat(submitted.status()).isEqualTo(202);
    String hash = submitted.string("image_hash");
    assertThat(hash).isEqualTo(Pictures.hash(photo));
    JsonObject image = client.awaitFinal(hash).json();
    assertThat(image.get("status").getAsString()).isEqualTo("success");
    assertThat(
            image.getAsJsonArray("annotations").get(0).getAsJsonObject().get("label").getAsString())
        .isEqualTo("cat");

    // The image is known by now, whether it is sent by URL or as bytes.
    Response again = submit(url);
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.integer("attempts")).isEqualTo(1);
    assertThat(client.post(photo).status()).isEqualTo(200);
  }

  @Test
  void submit_urlAndWait_isAnsweredWithTheResult() throws Exception {
    Response response = submit(source.of(Pictures.png(301)), "Prefer", "wait=30");

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("Preference-Applied")).contains("wait=30");
    assertThat(response.string("status")).isEqualTo("success");
  }

  @Test
  void submit_sourceThatGivesNoImage_isRefused() throws Exception {
    assertRefused(source.at(exchange -> exchange.sendResponseHeaders(404, -1)), "SOURCE_STATUS");
    assertRefused(source.of("hello".getBytes(StandardCharsets.UTF_8)), "SOURCE_UNSUPPORTED_FORMAT");
    assertRefused(source.of(Pictures.pngHeader(100_000, 100_000)), "SOURCE_TOO_MANY_PIXELS");
    assertRefused(source.of(new byte[1_000_001]), "SOURCE_TOO_LARGE");
    assertRefused(source.slow(), "SOURCE_TIMEOUT");
    assertRefused(source.to("http://169.254.169.254/"), "SOURCE_FORBIDDEN");
    assertRefused(source.to("http://10.0.0.1/"), "SOURCE_FORBIDDEN");
    assertRefused("http://127.0.0.1:" + closedPort + "/cat.jpg", "SOURCE_UNREACHABLE");
    assertRefused(
        source.to(source.to(source.to(source.to(source.of(Pictures.png(302)))))),
        "SOURCE_REDIRECT");
  }

  @ParameterizedTest
  @CsvSource({
    "http://10.0.0.1/, SOURCE_FORBIDDEN",
    "http://[::ffff:10.0.0.1]/, SOURCE_FORBIDDEN",
    "gopher://example.com/, SOURCE_FORBIDDEN",
    "http://0x0a000001/, SOURCE_INVALID",
    "nonsense, SOURCE_INVALID",
  })
  void submit_urlThatTheGuardRefuses_isRefused(String url, String code) throws Exception {
    assertRefused(url, code);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                         | 422 | INVALID_REQUEST
          {"source_url": "http://10.0.0.1", "a": 1}  | 422 | INVALID_REQUEST
          []                                         | 422 | INVALID_REQUEST
          {                                          | 400 | MALFORMED_JSON
          ''                                         | 400 | EMPTY_BODY
          """)
  void submit_jsonThatIsNoSubmission_isRefused(String body, int status, String code)
      throws Exception {
    Response response =
        client.send(
            "POST",
            "/v1/images",
            BodyPublishers.ofString(body),
            "Content-Type",
            "application/json; charset=utf-8");
    response.assertProblem(status, code);
  }

  @Test
  void submit_tooMuchJson_isRefused() throws Exception {
    Response response = submit("a".repeat(1 << 20));
    response.assertProblem(413, "BODY_TOO_LARGE");
  }
}
