package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.http.MemoryBudget;
import dev.whatsit.local.functions.Guard;
import dev.whatsit.local.gateway.AllowedHosts;
import dev.whatsit.local.gateway.Gateway;
import dev.whatsit.local.metrics.LocalMetrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The gateway with unreachable functions and a failing classifier. */
class FunctionsAwayTest {
  @TempDir private static Path data;
  private static EmbeddedBackend backend;
  private static Gateway gateway;
  private static Contract contract;
  private static Client client;

  @BeforeAll
  static void start() throws Exception {
    backend = new EmbeddedBackend();
    gateway = startGateway();
    contract = new Contract();
    client = new Client(gateway.port(), contract);
  }

  private static Gateway startGateway() throws IOException {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    EmbeddedStores stores = backend.stores(Settings.of(Map.of("WHATSIT_DATA", data.toString())));
    return Gateway.start(
        new Gateway.Parts(
            new Guard(),
            closed,
            closed,
            closed,
            closed,
            closed,
            Map.of("dead-letter", closed),
            Map.of("classify", () -> Map.of("classifier", false)),
            () -> true,
            new Gateway.Content(
                stores.links(), stores.images(), stores.thumbnailLinks(), stores.thumbnails()),
            new MemoryBudget(Gateway.MIN_MULTIPART_BUDGET),
            Duration.ofMinutes(1),
            AllowedHosts.any(),
            new LocalMetrics(),
            Clock.systemUTC()),
        List.of(InetAddress.getLoopbackAddress()),
        0,
        Duration.ofSeconds(5));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    backend.close();
    contract.close();
  }

  /** Regression: the API description lacked this response for the last two paths. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/images/0000000000000000000000000000000000000000000000000000000000000000",
        "/health/live",
        "/openapi.yaml"
      })
  void get_fromAFunctionThatIsAway_isUnavailable(String path) throws Exception {
    HttpAnswer answer = client.get(path);
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.code()).isEqualTo("TEMPORARILY_UNAVAILABLE");
  }

  @Test
  void retry_functionIsAway_isUnavailable() throws Exception {
    String path = "/v1/images/" + "0".repeat(64) + ":retry";
    HttpAnswer answer = client.send("POST", path, BodyPublishers.noBody());
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.code()).isEqualTo("TEMPORARILY_UNAVAILABLE");
  }

  @Test
  void ready_partsFail_namesEachOfThem() throws Exception {
    HttpAnswer answer = client.get("/health/ready");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.json().getAsJsonArray("parts").toString())
        .contains("{\"name\":\"upload\",\"status\":\"failed\"}")
        .contains("{\"name\":\"status\",\"status\":\"failed\"}")
        .contains("{\"name\":\"control\",\"status\":\"failed\"}")
        .contains("{\"name\":\"batch\",\"status\":\"failed\"}")
        .contains("{\"name\":\"sweep\",\"status\":\"failed\"}")
        .contains("{\"name\":\"dead-letter\",\"status\":\"failed\"}")
        .contains("{\"name\":\"classify.classifier\",\"status\":\"failed\"}")
        .contains("{\"name\":\"dispatcher\",\"status\":\"ok\"}");
  }

  /** Regression: an idle browser connection delayed the stop until its idle timeout of 20 s. */
  @Test
  void close_idleConnection_isNotWaitedFor() throws Exception {
    Gateway other = startGateway();
    try (Socket idle = new Socket(InetAddress.getLoopbackAddress(), other.port())) {
      String request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
      idle.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      assertThat(client.readAnswer("GET", "/", idle.getInputStream()).status()).isEqualTo(302);
      // Throws if a connection is still open after the drain time.
      other.close();
      assertThat(idle.getInputStream().read()).isEqualTo(-1);
    }
  }
}
