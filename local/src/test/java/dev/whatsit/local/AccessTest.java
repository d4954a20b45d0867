package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may use a server: clients with its key, and web pages of the origins that it names. */
class AccessTest {
  private static final String KEY = "open-sesame-0123456789";
  private static final String BEARER = "Bearer " + KEY;
  private static final String APP = "https://app.example.org";

  @TempDir private static Path data;
  private static LocalServer server;
  private static Client client;

  @BeforeAll
  static void start() throws Exception {
    server = Servers.embedded(data, "API_KEY", KEY, "CORS_ORIGINS", APP, "HOST", "0.0.0.0");
    client = new Client(server.port());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /v1/images",
    "POST, /v1/images",
    "HEAD, /v1/images/0",
    "PATCH, /v1/images/0",
    "POST, /v1/images/0:retry",
    "POST, /v1/batches",
    "OPTIONS, /v1/images",
    "GET, /metrics",
    "GET, /nowhere"
  })
  void request_withoutTheKey_isUnauthorized(String method, String path) throws Exception {
    for (String wrong : List.of("", BEARER + "x", "Bearer " + KEY.substring(1), "Basic " + KEY)) {
      String[] headers = wrong.isEmpty() ? new String[0] : new String[] {"Authorization", wrong};
      Response response = client.send(method, path, BodyPublishers.noBody(), headers);
      assertThat(response.status()).as(wrong).isEqualTo(401);
      assertThat(response.header("WWW-Authenticate")).contains("Bearer");
    }
    Response admitted =
        client.send(method, path, BodyPublishers.noBody(), "Authorization", "bearer " + KEY);
    assertThat(admitted.status()).isNotEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/health/live", "/health/ready", "/docs", "/docs/start.js", "/openapi.yaml", "/"})
  void request_healthOrDocumentation_needsNoKey(String path) throws Exception {
    assertThat(client.get(path).status()).isLessThan(400);
  }

  @Test
  void request_signedLink_needsNoKey() throws Exception {
    byte[] picture = Pictures.png(501);
    submit(picture);
    Response image = client.get("/v1/images/" + Pictures.hash(picture), "Authorization", BEARER);
    assertThat(client.get(image.string("image_url")).body()).isEqualTo(picture);
    assertThat(client.get(image.string("image_url").replace("expires=", "expires=1")).status())
        .isEqualTo(403);
  }

  /** Regression: a page of any site could submit, run again and redeliver without a preflight. */
  @ParameterizedTest
  @CsvSource({
    "Sec-Fetch-Site, cross-site",
    "Origin, https://evil.example",
    "Origin, null",
    "Origin, https://app.example.org.evil.example",
    "Origin, http://app.example.org",
    "Origin, https://app.example.org:444",
    "Origin, http://127.0.0.1"
  })
  void write_fromAnotherSitesPage_isRefusedAndChangesNothing(String name, String value)
      throws Exception {
    byte[] picture = Pictures.png(502);
    Response response =
        client.post(picture, name, value, "Authorization", BEARER, "Content-Type", "text/plain");
    response.assertProblem(403, "CROSS_SITE");
    assertThat(response.header("Access-Control-Allow-Origin")).isEmpty();
    String image = "/v1/images/" + Pictures.hash(picture);
    assertThat(client.get(image, "Authorization", BEARER).status()).isEqualTo(404);
    for (String path : List.of(image + ":retry", image + ":redeliver", "/v1/batches")) {
      client
          .send("POST", path, BodyPublishers.noBody(), name, value, "Authorization", BEARER)
          .assertProblem(403, "CROSS_SITE");
    }
    client
        .sendJson("PATCH", image, "{}", name, value, "Authorization", BEARER)
        .assertProblem(403, "CROSS_SITE");
    assertThat(client.get("/v1/images", name, value, "Authorization", BEARER).status())
        .isEqualTo(200);
  }

  @Test
  void write_fromOurOwnPage_isAccepted() throws Exception {
    String ours = "http://127.0.0.1:" + server.port();
    assertThat(submit(Pictures.png(503), "Origin", ours, "Sec-Fetch-Site", "same-origin"))
        .isEqualTo(202);
  }

  @Test
  void write_fromAnAllowedOrigin_isAcceptedAndReadable() throws Exception {
    String[] page = {"Origin", APP, "Sec-Fetch-Site", "cross-site"};
    assertThat(submit(Pictures.png(504), page)).isEqualTo(202);
    String image = "/v1/images/" + Pictures.hash(Pictures.png(504));
    for (String path : List.of(image, "/metrics", "/nowhere")) {
      Response response = client.get(path, with(page, "Authorization", BEARER));
      assertThat(response.header("Access-Control-Allow-Origin")).as(path).contains(APP);
      assertThat(response.header("Access-Control-Expose-Headers").orElse("")).contains("ETag");
      assertThat(response.header("Vary")).as(path).contains("Origin");
    }
    assertThat(client.get("/health/live").header("Access-Control-Allow-Origin")).isEmpty();
    assertThat(client.get("/health/live").header("Vary")).contains("Origin");
  }

  @Test
  void preflight_ofAnAllowedOrigin_namesMethodsAndHeadersWithoutAKey() throws Exception {
    String image = "/v1/images/" + "0".repeat(64);
    Response allowed = preflight(image, APP);
    assertThat(allowed.status()).isEqualTo(204);
    assertThat(allowed.header("Access-Control-Allow-Origin")).contains(APP);
    assertThat(allowed.header("Access-Control-Allow-Methods").orElse("")).contains("PATCH");
    assertThat(allowed.header("Access-Control-Allow-Headers").orElse(""))
        .contains("Authorization", "If-Match");
    Response refused = preflight(image, "https://evil.example");
    assertThat(refused.header("Access-Control-Allow-Origin")).isEmpty();
    assertThat(refused.header("Access-Control-Allow-Methods")).isEmpty();
  }

  private static Response preflight(String path, String origin) throws Exception {
    return client.send(
        "OPTIONS",
        path,
        BodyPublishers.noBody(),
        "Origin",
        origin,
        "Access-Control-Request-Method",
        "PATCH");
  }

  private static int submit(byte[] picture, String... headers) throws Exception {
    return client.post(picture, with(headers, "Authorization", BEARER)).status();
  }

  private static String[] with(String[] headers, String name, String value) {
    String[] all = Arrays.copyOf(headers, headers.length + 2);
    all[headers.length] = name;
    all[headers.length + 1] = value;
    return all;
  }
}
