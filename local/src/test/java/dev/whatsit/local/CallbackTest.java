package dev.whatsit.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callbacks to the receiver of {@code examples/receiver}, which verifies every signature. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CallbackTest {
  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  /** The requests to a receiver that responds with 410. */
  private final List<String> refused = new CopyOnWriteArrayList<>();

  private final OutsideServer gone = new OutsideServer();
  private ChildProcess receiver;

  /** A receiver that is down: bound, so that its port stays reserved, but not listening. */
  private final Socket down = new Socket();

  private LocalServer server;
  private Client client;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    receiver = ChildProcess.startReceiver(0, SECRET);
    gone.handle(
        "/",
        exchange -> {
          refused.add(exchange.getRequestURI().toString());
          exchange.sendResponseHeaders(410, -1);
        });
    down.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    server =
        Servers.embedded(
            data,
            "SWEEP_SECONDS",
            "1",
            "CALLBACK_SECRETS",
            SECRET,
            "OUTBOUND_ALLOW",
            "127.0.0.0/8",
            "OUTBOUND_PORTS",
            "80,443," + receiver.port() + "," + gone.port() + "," + down.getLocalPort());
    client = new Client(server.port());
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
    gone.close();
    receiver.close();
  }

  @Test
  void submit_withACallback_isSentOnceAndTheAttemptsAreShown() throws Exception {
    byte[] picture = Pictures.png(601);
    String hash = Pictures.hash(picture);

    Response accepted = submit(picture, url("/hook?token=secret"));

    assertThat(accepted.status()).isEqualTo(202);
    JsonObject sent = JsonParser.parseString(awaitReceived(hash, 1).get(0)).getAsJsonObject();
    assertThat(sent.get("type").getAsString()).isEqualTo("image.success");
    JsonObject image = client.awaitFinal(hash).json();
    for (String member : List.of("image_hash", "status", "annotations", "objects", "updated_at")) {
      assertThat(sent.get(member)).as(member).isEqualTo(image.get(member));
    }
    JsonObject callback = awaitStatus(hash, "delivered");
    assertThat(callback.get("url").getAsString()).isEqualTo(url(""));
    assertThat(callback.getAsJsonArray("attempts")).hasSize(1);
    submit(picture, url("/hook?token=secret"));
    assertThat(callbacks(hash)).hasSize(1);
    assertThat(notifications(receiver, hash)).hasSize(1);
  }

  @Test
  void submit_finishedImage_isSentAtOnce() throws Exception {
    byte[] picture = Pictures.png(602);
    String hash = Pictures.hash(picture);
    client.post(picture);
    client.awaitFinal(hash);
    assertThat(callbacks(hash)).isEmpty();

    assertThat(submit(picture, url("/hook")).status()).isEqualTo(200);

    assertThat(awaitReceived(hash, 1)).hasSize(1);
  }

  @Test
  void cancel_withACallback_sendsCanceled() throws Exception {
    byte[] picture = Pictures.png(603);
    String hash = Pictures.hash(picture);
    client.submit(picture, "?delay_seconds=3600&callback_url=" + url("/hook"));

    assertThat(client.cancel(hash).status()).isEqualTo(200);

    assertThat(awaitReceived(hash, 1).get(0)).contains("\"type\":\"image.canceled\"");
  }

  @Test
  void submit_asAFieldOfAForm_isSentToo() throws Exception {
    byte[] picture = Pictures.png(605);
    Form form = new Form().field("callback_url", url("/form")).file("img", picture);

    assertThat(form.submit(client, "").status()).isEqualTo(202);

    assertThat(awaitReceived(Pictures.hash(picture), 1)).hasSize(1);
  }

  @Test
  void receiver_downAndThenUp_isSentInTheEnd() throws Exception {
    byte[] picture = Pictures.png(606);
    String hash = Pictures.hash(picture);
    int port = down.getLocalPort();
    submit(picture, "http://127.0.0.1:" + port + "/hook");
    Client.await("attempt", () -> !callback(hash).getAsJsonArray("attempts").isEmpty());

    down.close();
    try (ChildProcess later = ChildProcess.startReceiver(port, SECRET)) {
      Client.await("received", () -> !notifications(later, hash).isEmpty());
      JsonObject callback = awaitStatus(hash, "delivered");
      JsonObject first = callback.getAsJsonArray("attempts").get(0).getAsJsonObject();
      assertThat(first.get("code").getAsString()).isEqualTo("UNREACHABLE");
      assertThat(first.get("http_status").isJsonNull()).isTrue();
    }
  }

  @Test
  void receiver_saysGone_isSentOnce() throws Exception {
    byte[] picture = Pictures.png(607);
    String hash = Pictures.hash(picture);

    submit(picture, gone.url("/gone"));

    awaitStatus(hash, "stopped");
    assertThat(refused).containsExactly("/gone");
  }

  @Test
  void redeliver_received_isSentAgainUnderItsId() throws Exception {
    byte[] picture = Pictures.png(608);
    String hash = Pictures.hash(picture);
    submit(picture, url("/hook"));
    String id = awaitStatus(hash, "delivered").get("webhook_id").getAsString();

    Response response = redeliver(hash);

    assertThat(response.status()).isEqualTo(202);
    receiver.awaitLine("received again " + id);
    assertThat(awaitStatus(hash, "delivered").getAsJsonArray("attempts")).hasSize(2);
  }

  /** Regression: a retry hid the callbacks of earlier runs. */
  @Test
  void redeliver_afterARunWithoutCallbacks_sendsThoseOfTheRunBefore() throws Exception {
    byte[] picture = Pictures.png(619);
    String hash = Pictures.hash(picture);
    submit(picture, url("/hook"));
    String id = awaitStatus(hash, "delivered").get("webhook_id").getAsString();
    assertThat(client.retry(hash).status()).isEqualTo(202);
    // Refused until the run is final.
    Client.await("redelivered", () -> redeliver(hash).status() == 202);

    receiver.awaitLine("received again " + id);
    assertThat(awaitStatus(hash, "delivered").get("webhook_id").getAsString()).isEqualTo(id);
  }

  @Test
  void redeliver_nothingToSend_isRefused() throws Exception {
    byte[] picture = Pictures.png(609);
    String hash = Pictures.hash(picture);
    assertThat(redeliver(hash).code()).isEqualTo("IMAGE_NOT_FOUND");
    client.submit(picture, "?delay_seconds=3600");

    assertThat(redeliver(hash).code()).isEqualTo("NOT_FINAL");

    client.cancel(hash);
    assertThat(redeliver(hash).code()).isEqualTo("NO_CALLBACKS");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "ftp://example.com/",
        "http://10.0.0.1/",
        "http://example.com:22/",
        "https://user:password@example.com/"
      })
  void submit_callbackThatIsRefused_isA422AndNothingIsDone(String url) throws Exception {
    byte[] picture = Pictures.png(610);

    Response response = submit(picture, url);

    assertThat(response.status()).as(url).isEqualTo(422);
    JsonObject error = response.json().getAsJsonArray("errors").get(0).getAsJsonObject();
    assertThat(error.get("field").getAsString()).isEqualTo("callback_url");
    assertThat(error.get("code").getAsString()).startsWith("CALLBACK_URL_");
    assertThat(client.get("/v1/images/" + Pictures.hash(picture)).status()).isEqualTo(404);
  }

  @Test
  void submit_moreCallbacksThanAnImageMayHave_isA422() throws Exception {
    byte[] picture = Pictures.png(611);
    String hash = Pictures.hash(picture);
    for (int i = 0; i < 20; i++) {
      String query = "?delay_seconds=3600&callback_url=" + url("/many/" + i);
      assertThat(client.submit(picture, query).status()).isEqualTo(202);
    }

    Response response = submit(picture, url("/many/20"));

    assertThat(response.status()).isEqualTo(422);
    assertThat(response.text()).contains("TOO_MANY_CALLBACKS");
    assertThat(callbacks(hash)).hasSize(20);
  }

  @Test
  void start_noSettings_keepsASecretAndRefusesPrivateAddresses(@TempDir Path folder)
      throws Exception {
    Map<String, String> settings = Map.of("WHATSIT_DATA", folder.toString(), "PORT", "0");
    String secret;
    try (LocalServer plain = LocalServer.start(settings)) {
      secret = Files.readString(folder.resolve("callback-secret"));
      Response response =
          new Client(plain.port()).submit(Pictures.png(620), "?callback_url=http://127.0.0.1/hook");
      assertThat(response.status()).isEqualTo(422);
      assertThat(response.text()).contains("CALLBACK_URL_FORBIDDEN");
    }
    assertThat(secret).matches("whsec_[A-Za-z0-9+/=]{44}\n");
    try (LocalServer again = LocalServer.start(settings)) {
      assertThat(again.port()).isPositive();
      assertThat(folder.resolve("callback-secret")).hasContent(secret.strip());
    }
  }

  private Response submit(byte[] picture, String callbackUrl) throws Exception {
    return client.submit(picture, "?callback_url=" + URLEncoder.encode(callbackUrl, UTF_8));
  }

  private Response redeliver(String hash) throws Exception {
    return client.send("POST", "/v1/images/" + hash + ":redeliver", BodyPublishers.noBody());
  }

  private List<JsonObject> callbacks(String hash) throws Exception {
    List<JsonObject> callbacks = new ArrayList<>();
    for (JsonElement each :
        client.get("/v1/images/" + hash + "/callbacks").json().getAsJsonArray("callbacks")) {
      callbacks.add(each.getAsJsonObject());
    }
    return callbacks;
  }

  private JsonObject callback(String hash) throws Exception {
    return callbacks(hash).get(0);
  }

  private JsonObject awaitStatus(String hash, String status) throws Exception {
    Client.await(status, () -> callback(hash).get("status").getAsString().equals(status));
    return callback(hash);
  }

  private List<String> awaitReceived(String hash, int count) throws Exception {
    Client.await("received", () -> notifications(receiver, hash).size() >= count);
    return notifications(receiver, hash);
  }

  /** The messages about an image that had a valid signature and were no duplicates. */
  private static List<String> notifications(ChildProcess receiver, String hash) {
    return receiver.output().stream()
        .filter(line -> line.startsWith("received msg_") && line.contains(hash))
        .map(line -> line.substring(line.indexOf('{')))
        .toList();
  }

  private String url(String path) throws InterruptedException {
    return "http://127.0.0.1:" + receiver.port() + path;
  }
}
