package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.http.MemoryBudget;
import dev.whatsit.http.WebOrigins;
import dev.whatsit.local.gateway.AllowedHosts;
import dev.whatsit.local.gateway.ApiKey;
import dev.whatsit.local.gateway.Gateway;
import dev.whatsit.local.metrics.LocalMetrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
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

/** The gateway without functions that serve routes and with a failing classifier. */
class GatewayTest {
  @TempDir private static Path data;
  private static EmbeddedBackend backend;
  private static Gateway gateway;
  private static Client client;

  @BeforeAll
  static void start() throws Exception {
    backend = new EmbeddedBackend();
    gateway = startGateway();
    client = new Client(gateway.port());
  }

  private static Gateway startGateway() throws IOException {
    EmbeddedStores stores = backend.stores(Settings.of(Map.of("WHATSIT_DATA", data.toString())));
    return Gateway.start(
        new Gateway.Parts(
            Map.of(),
            Map.of("classify", () -> Map.of("classifier", false)),
            () -> true,
            new Gateway.Content(
                stores.links(), stores.images(), stores.thumbnailLinks(), stores.thumbnails()),
            new MemoryBudget(Gateway.MIN_MULTIPART_BUDGET),
            Duration.ofMinutes(1),
            0,
            AllowedHosts.any(),
            ApiKey.of(Settings.of(Map.of())),
            WebOrigins.ownOnly(),
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
  }

  @Test
  void ready_partsFail_namesEachOfThem() throws Exception {
    Response response = client.get("/health/ready");
    assertThat(response.status()).isEqualTo(503);
    String parts = response.json().getAsJsonArray("parts").toString();
    assertThat(parts).contains("{\"name\":\"classify.classifier\",\"status\":\"failed\"}");
    assertThat(parts).contains("{\"name\":\"dispatcher\",\"status\":\"ok\"}");
  }

  /** Regression: an idle browser connection delayed the stop until its idle timeout of 20 s. */
  @Test
  void close_idleConnection_isNotWaitedFor() throws Exception {
    Gateway other = startGateway();
    try (Socket idle = new Socket(InetAddress.getLoopbackAddress(), other.port())) {
      String request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
      idle.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      assertThat(client.readResponse("GET", "/", idle.getInputStream()).status()).isEqualTo(302);
      // Throws if a connection is still open after the drain time.
      other.close();
      assertThat(idle.getInputStream().read()).isEqualTo(-1);
    }
  }
}
