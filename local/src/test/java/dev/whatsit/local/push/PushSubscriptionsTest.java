package dev.whatsit.local.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PushSubscriptionsTest {
  @RegisterExtension
  static final EmulatorExtension PUB_SUB = EmulatorExtension.of(Emulator.PUB_SUB);

  private static final PushPolicy POLICY =
      new PushPolicy(
          Duration.ofSeconds(10), Duration.ZERO, Duration.ofSeconds(1), "dead-letters", 100);

  private final String project = "push-" + UUID.randomUUID().toString().substring(0, 8);
  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private HttpServer receiver;
  private PushSubscriptions subscriptions;

  @BeforeEach
  void start() throws IOException {
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
          received.add(exchange.getRequestURI().toString());
        });
    receiver.start();
    subscriptions = new PushSubscriptions(PUB_SUB.hostPort(), project);
    subscriptions.topic("work");
    subscriptions.topic("dead-letters");
  }

  @AfterEach
  void stop() {
    receiver.stop(0);
  }

  @Test
  void subscribe_thereAlready_deliversWhatWaitsToTheNewEndpoint() throws Exception {
    subscriptions.subscribe("pushes", "work", at("/old"), POLICY);
    subscriptions.detach();
    publish();

    PushSubscriptions next = new PushSubscriptions(PUB_SUB.hostPort(), project);
    next.topic("work");
    next.subscribe("pushes", "work", at("/new"), POLICY);

    assertThat(take()).isEqualTo("/new");
    assertThat(received).isEmpty();
  }

  @Test
  void subscribe_byAnotherServer_isDetectedAndKept() throws Exception {
    subscriptions.subscribe("pushes", "work", at("/first"), POLICY);
    assertThat(subscriptions.areOurs()).isTrue();
    PushSubscriptions other = new PushSubscriptions(PUB_SUB.hostPort(), project);
    other.subscribe("pushes", "work", at("/second"), POLICY);

    assertThat(subscriptions.areOurs()).isFalse();
    subscriptions.detach();

    assertThat(other.areOurs()).isTrue();
    publish();
    assertThat(take()).isEqualTo("/second");
  }

  @Test
  void subscribe_noSuchTopic_saysWhatTheEmulatorSaid() {
    assertThatThrownBy(() -> subscriptions.subscribe("pushes", "missing", at("/"), POLICY))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("404")
        .hasMessageContaining("subscriptions/pushes");
  }

  @Test
  void areOurs_emulatorIsGone_isFalse() throws Exception {
    HttpServer broken =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    broken.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 2);
          exchange.getResponseBody().write(new byte[] {'{', '}'});
          exchange.close();
        });
    broken.start();
    PushSubscriptions gone =
        new PushSubscriptions("127.0.0.1:" + broken.getAddress().getPort(), project);
    gone.subscribe("pushes", "work", at("/"), POLICY);
    broken.stop(0);

    assertThat(gone.areOurs()).isFalse();
    // It cannot detach anything, and only logs that.
    gone.detach();
  }

  private URI at(String path) {
    return URI.create("http://127.0.0.1:" + receiver.getAddress().getPort() + path);
  }

  private String take() throws InterruptedException {
    String target = received.poll(1, TimeUnit.MINUTES);
    return String.valueOf(target);
  }

  private void publish() throws Exception {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create(
                            "http://"
                                + PUB_SUB.hostPort()
                                + "/v1/projects/"
                                + project
                                + "/topics/work:publish"))
                    .header("Content-Type", "application/json")
                    .POST(
                        BodyPublishers.ofString("{\"messages\":[{\"attributes\":{\"a\":\"b\"}}]}"))
                    .build(),
                BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }
}
