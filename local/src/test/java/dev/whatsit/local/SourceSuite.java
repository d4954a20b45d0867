package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.whatsit.invoker.FunctionServer;
import java.net.ServerSocket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images from URLs, on every platform. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SourceSuite {
  private SourceServer source;
  private int closedPort;
  private LocalServer server;
  private Contract contract;
  private Client client;

  /** Starts the server of this platform. */
  abstract LocalServer start(Map<String, String> settings) throws Exception;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    FunctionServer.load();
    source = new SourceServer();
    try (ServerSocket socket = new ServerSocket(0)) {
      closedPort = socket.getLocalPort();
    }
    server =
        start(
            Map.of(
                "WHATSIT_DATA",
                data.toString(),
                "PORT",
                "0",
                "CLASSIFIER",
                "onnx",
                "MAX_IMAGE_BYTES",
                "1000000",
                "OUTBOUND_ALLOW",
                "127.0.0.0/8",
                "OUTBOUND_PORTS",
                closedPort + "," + source.port() + ",80",
                "OUTBOUND_SECONDS",
                "3"));
    contract = new Contract();
    client = new Client(server.port(), contract);
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
    source.close();
    contract.close();
  }

  private HttpAnswer submit(String url, String... headers) throws Exception {
    String[] all = new String[headers.length + 2];
    all[0] = "Content-Type";
    all[1] = "application/json";
    System.arraycopy(headers, 0, all, 2, headers.length);
    JsonObject body = new JsonObject();
    body.addProperty("source_url", url);
    return client.send("POST", "/v1/images", BodyPublishers.ofString(body.toString()), all);
  }

  private void assertRefused(String url, String code) throws Exception {
    HttpAnswer answer = submit(url);
    assertThat(answer.status()).as(answer.toString()).isEqualTo(422);
    assertThat(answer.code()).isEqualTo(code);
    JsonObject error = answer.json().getAsJsonArray("errors").get(0).getAsJsonObject();
    assertThat(error.get("field").getAsString()).isEqualTo("source_url");
    assertThat(error.get("code").getAsString()).isEqualTo(code);
  }

  @Test
  void submit_urlOfAPhoto_isClassified() throws Exception {
    byte[] photo = Pictures.cat();
    String url = source.of(photo);

    HttpAnswer submitted = submit(source.to(url));

    assertThat(submitted.status()).isEqualTo(202);
    String hash = submitted.json().get("image_hash").getAsString();
    assertThat(hash).isEqualTo(Pictures.hash(photo));
    JsonObject image = client.awaitFinal(hash).json();
    assertThat(image.get("status").getAsString()).isEqualTo("success");
    assertThat(
            image.getAsJsonArray("annotations").get(0).getAsJsonObject().get("label").getAsString())
        .isEqualTo("cat");

    // The image is known by now, whether it is sent by URL or as bytes.
    HttpAnswer again = submit(url);
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.json().get("attempts").getAsInt()).isEqualTo(1);
    assertThat(client.post(photo).status()).isEqualTo(200);
  }

  @Test
  void submit_urlAndWait_isAnsweredWithTheResult() throws Exception {
    HttpAnswer answer = submit(source.of(Pictures.png(301)), "Prefer", "wait=30");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Preference-Applied")).contains("wait=30");
    assertThat(answer.json().get("status").getAsString()).isEqualTo("success");
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
    HttpAnswer answer =
        client.send(
            "POST",
            "/v1/images",
            BodyPublishers.ofString(body),
            "Content-Type",
            "application/json; charset=utf-8");
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.code()).isEqualTo(code);
  }

  @Test
  void submit_tooMuchJson_isRefused() throws Exception {
    HttpAnswer answer = submit("a".repeat(1 << 20));
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.code()).isEqualTo("BODY_TOO_LARGE");
  }
}
