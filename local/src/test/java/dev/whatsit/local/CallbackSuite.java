package dev.whatsit.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import dev.whatsit.invoker.FunctionServer;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Callbacks, on every platform, to the receiver of {@code examples/receiver}, which verifies every
 * signature.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class CallbackSuite {
  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The requests under {@code /gone}, which get 410. */
  private final List<String> hooked = new CopyOnWriteArrayList<>();

  private ReceiverProcess receiver;
  private HttpServer gone;

  /** A receiver that is down: bound, so that its port stays reserved, but not listening. */
  private final Socket down = new Socket();

  private int portOfLater;
  private LocalServer server;
  private Contract contract;
  private Client client;

  /** Starts the server of this platform. */
  abstract LocalServer start(Map<String, String> settings) throws Exception;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    FunctionServer.load();
    receiver = ReceiverProcess.start(0, SECRET);
    gone = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    gone.createContext(
        "/",
        exchange -> {
          hooked.add(exchange.getRequestURI().toString());
          exchange.sendResponseHeaders(410, -1);
          exchange.close();
        });
    gone.start();
    down.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    portOfLater = down.getLocalPort();
    Map<String, String> settings = new HashMap<>();
    settings.put("WHATSIT_DATA", data.toString());
    settings.put("PORT", "0");
    settings.put("CLASSIFIER", "onnx");
    settings.put("SWEEP_SECONDS", "1");
    settings.put("CALLBACK_SECRETS", SECRET);
    settings.put("OUTBOUND_ALLOW", "127.0.0.0/8");
    settings.put(
        "OUTBOUND_PORTS",
        "80,443," + receiver.port() + "," + gone.getAddress().getPort() + "," + portOfLater);
    server = start(settings);
    contract = new Contract();
    client = new Client(server.port(), contract);
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
    contract.close();
    gone.stop(0);
    receiver.close();
  }

  @Test
  void submit_withACallback_isToldOnceAndTheTriesAreShown() throws Exception {
    byte[] picture = Pictures.png(601);
    String hash = Pictures.hash(picture);

    HttpAnswer accepted = submit(picture, url("/hook?token=secret"));

    assertThat(accepted.status()).isEqualTo(202);
    JsonObject told = JsonParser.parseString(awaitTold(hash, 1).get(0)).getAsJsonObject();
    assertThat(told.get("type").getAsString()).isEqualTo("image.success");
    JsonObject image = client.awaitFinal(hash).json();
    for (String member : List.of("image_hash", "status", "annotations", "objects", "updated_at")) {
      assertThat(told.get(member)).as(member).isEqualTo(image.get(member));
    }
    JsonObject callback = awaitStatus(hash, "delivered");
    assertThat(callback.get("url").getAsString()).isEqualTo(url(""));
    assertThat(callback.getAsJsonArray("attempts")).hasSize(1);
    submit(picture, url("/hook?token=secret"));
    assertThat(callbacks(hash)).hasSize(1);
    assertThat(receiver.told(hash)).hasSize(1);
  }

  @Test
  void submit_finishedImage_isToldAtOnce() throws Exception {
    byte[] picture = Pictures.png(602);
    String hash = Pictures.hash(picture);
    client.post(picture);
    client.awaitFinal(hash);
    assertThat(callbacks(hash)).isEmpty();

    assertThat(submit(picture, url("/hook")).status()).isEqualTo(200);

    assertThat(awaitTold(hash, 1)).hasSize(1);
  }

  @Test
  void cancel_withACallback_tellsCanceled() throws Exception {
    byte[] picture = Pictures.png(603);
    String hash = Pictures.hash(picture);
    client.send(
        "POST",
        "/v1/images?delay_seconds=3600&callback_url=" + url("/hook"),
        BodyPublishers.ofByteArray(picture));

    assertThat(cancel(hash)).isEqualTo(200);

    assertThat(awaitTold(hash, 1).get(0)).contains("\"type\":\"image.canceled\"");
  }

  @Test
  void submit_severalCallbacks_eachIsToldOnce() throws Exception {
    byte[] picture = Pictures.png(604);
    String hash = Pictures.hash(picture);
    for (int i = 0; i < 3; i++) {
      assertThat(submit(picture, url("/hook/" + i)).status()).isIn(200, 202);
    }

    assertThat(awaitTold(hash, 3)).hasSize(3);

    assertThat(callbacks(hash)).hasSize(3);
  }

  @Test
  void submit_asAFieldOfAForm_isToldToo() throws Exception {
    byte[] picture = Pictures.png(605);
    String head =
        "--x\r\nContent-Disposition: form-data; name=\"callback_url\"\r\n\r\n"
            + url("/form")
            + "\r\n--x\r\nContent-Disposition: form-data; name=\"img\"; filename=\"a.png\"\r\n"
            + "Content-Type: image/png\r\n\r\n";
    ByteArrayOutputStream form = new ByteArrayOutputStream();
    form.write(head.getBytes(UTF_8));
    form.write(picture);
    form.write("\r\n--x--\r\n".getBytes(UTF_8));

    HttpAnswer accepted =
        client.post(form.toByteArray(), "Content-Type", "multipart/form-data; boundary=x");

    assertThat(accepted.status()).isEqualTo(202);
    assertThat(awaitTold(Pictures.hash(picture), 1)).hasSize(1);
  }

  @Test
  void receiver_downAndThenUp_isToldInTheEnd() throws Exception {
    byte[] picture = Pictures.png(606);
    String hash = Pictures.hash(picture);
    submit(picture, "http://127.0.0.1:" + portOfLater + "/hook");
    await(() -> attempts(hash) > 0);

    down.close();
    try (ReceiverProcess later = ReceiverProcess.start(portOfLater, SECRET)) {
      await(() -> !later.told(hash).isEmpty());
      JsonObject callback = awaitStatus(hash, "delivered");
      JsonObject first = callback.getAsJsonArray("attempts").get(0).getAsJsonObject();
      assertThat(first.get("code").getAsString()).isEqualTo("UNREACHABLE");
      assertThat(first.get("http_status").isJsonNull()).isTrue();
    }
  }

  @Test
  void receiver_saysGone_isToldOnceAndNoMore() throws Exception {
    byte[] picture = Pictures.png(607);
    String hash = Pictures.hash(picture);

    submit(picture, "http://127.0.0.1:" + gone.getAddress().getPort() + "/gone");

    awaitStatus(hash, "stopped");
    assertThat(hooked).containsExactly("/gone");
  }

  @Test
  void redeliver_received_comesAgainWithItsId() throws Exception {
    byte[] picture = Pictures.png(608);
    String hash = Pictures.hash(picture);
    submit(picture, url("/hook"));
    String id = awaitStatus(hash, "delivered").get("webhook_id").getAsString();

    HttpAnswer answer = redeliver(hash);

    assertThat(answer.status()).isEqualTo(202);
    await(() -> receiver.lines().stream().anyMatch(it -> it.startsWith("received again " + id)));
    assertThat(awaitStatus(hash, "delivered").getAsJsonArray("attempts")).hasSize(2);
  }

  /** Regression: a retry hid the callbacks of earlier runs. */
  @Test
  void redeliver_afterARunWithoutCallbacks_sendsThoseOfTheRunBefore() throws Exception {
    byte[] picture = Pictures.png(619);
    String hash = Pictures.hash(picture);
    submit(picture, url("/hook"));
    String id = awaitStatus(hash, "delivered").get("webhook_id").getAsString();
    assertThat(
            client.send("POST", "/v1/images/" + hash + ":retry", BodyPublishers.noBody()).status())
        .isEqualTo(202);
    await(
        () -> {
          try {
            // Refused until the run is final.
            return redeliver(hash).status() == 202;
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });

    await(() -> receiver.lines().stream().anyMatch(it -> it.startsWith("received again " + id)));
    assertThat(awaitStatus(hash, "delivered").get("webhook_id").getAsString()).isEqualTo(id);
  }

  @Test
  void redeliver_nothingToSend_isRefused() throws Exception {
    byte[] picture = Pictures.png(609);
    String hash = Pictures.hash(picture);
    assertThat(redeliver(hash).code()).isEqualTo("IMAGE_NOT_FOUND");
    client.send("POST", "/v1/images?delay_seconds=3600", BodyPublishers.ofByteArray(picture));

    assertThat(redeliver(hash).code()).isEqualTo("NOT_FINAL");

    cancel(hash);
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

    HttpAnswer answer = submit(picture, url);

    assertThat(answer.status()).as(url).isEqualTo(422);
    JsonObject error = answer.json().getAsJsonArray("errors").get(0).getAsJsonObject();
    assertThat(error.get("field").getAsString()).isEqualTo("callback_url");
    assertThat(error.get("code").getAsString()).startsWith("CALLBACK_URL_");
    assertThat(client.get("/v1/images/" + Pictures.hash(picture)).status()).isEqualTo(404);
  }

  @Test
  void submit_moreCallbacksThanAnImageMayHave_isA422() throws Exception {
    byte[] picture = Pictures.png(611);
    String hash = Pictures.hash(picture);
    for (int i = 0; i < 20; i++) {
      String path = "/v1/images?delay_seconds=3600&callback_url=" + url("/many/" + i);
      assertThat(client.send("POST", path, BodyPublishers.ofByteArray(picture)).status())
          .isEqualTo(202);
    }

    HttpAnswer answer = submit(picture, url("/many/20"));

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.text()).contains("TOO_MANY_CALLBACKS");
    assertThat(callbacks(hash)).hasSize(20);
  }

  private HttpAnswer submit(byte[] picture, String callbackUrl) throws Exception {
    return client.send(
        "POST",
        "/v1/images?callback_url=" + URLEncoder.encode(callbackUrl, UTF_8),
        BodyPublishers.ofByteArray(picture));
  }

  private HttpAnswer redeliver(String hash) throws Exception {
    return client.send("POST", "/v1/images/" + hash + ":redeliver", BodyPublishers.noBody());
  }

  private int cancel(String hash) throws Exception {
    return client
        .send(
            "PATCH",
            "/v1/images/" + hash,
            BodyPublishers.ofString("{\"status\": \"canceled\"}"),
            "Content-Type",
            "application/json")
        .status();
  }

  private List<JsonObject> callbacks(String hash) throws Exception {
    List<JsonObject> callbacks = new ArrayList<>();
    for (JsonElement each :
        client.get("/v1/images/" + hash + "/callbacks").json().getAsJsonArray("callbacks")) {
      callbacks.add(each.getAsJsonObject());
    }
    return callbacks;
  }

  private int attempts(String hash) {
    try {
      return callbacks(hash).get(0).getAsJsonArray("attempts").size();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private JsonObject awaitStatus(String hash, String status) throws Exception {
    await(
        () -> {
          try {
            return callbacks(hash).get(0).get("status").getAsString().equals(status);
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
    return callbacks(hash).get(0);
  }

  private List<String> awaitTold(String hash, int times) {
    await(() -> receiver.told(hash).size() >= times);
    return receiver.told(hash);
  }

  /** Polls until the condition holds; no assertion depends on the pauses. */
  private static void await(BooleanSupplier so) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!so.getAsBoolean()) {
      assertThat(System.nanoTime()).as("patience").isLessThan(deadline);
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  private String url(String path) {
    return "http://127.0.0.1:" + receiver.port() + path;
  }
}
