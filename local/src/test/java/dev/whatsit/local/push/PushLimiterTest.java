package dev.whatsit.local.push;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.functions.HttpFunction;
import dev.whatsit.invoker.FunctionServer;
import dev.whatsit.local.functions.InProcessServer;
import dev.whatsit.local.metrics.LocalMetrics;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PushLimiterTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(1);
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final LocalMetrics metrics = new LocalMetrics();

  @BeforeAll
  static void load() {
    FunctionServer.load();
  }

  @Test
  void push_moreThanThereIsRoomFor_waitTheirTurn() throws Exception {
    AtomicInteger within = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Semaphore steps = new Semaphore(0);
    PushLimiter limiter =
        limiter(
            (request, response) -> {
              most.accumulateAndGet(within.incrementAndGet(), Math::max);
              steps.tryAcquire(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
              within.decrementAndGet();
              response.setStatusCode(204);
            },
            2,
            TIMEOUT);
    try (InProcessServer server = serve(limiter)) {
      List<CompletableFuture<HttpResponse<Void>>> pushes = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        pushes.add(push(server.pushEndpoint("tested")));
      }
      // All six have arrived, and only two have reached the function.
      await(() -> limiter.inFlight() == 6 && within.get() == 2);
      steps.release(6);

      for (CompletableFuture<HttpResponse<Void>> push : pushes) {
        assertThat(push.get().statusCode()).isEqualTo(204);
      }
      assertThat(most).hasValue(2);
      assertThat(limiter.inFlight()).isZero();
      assertThat(printed()).contains("{function=\"tested\",result=\"acknowledged\"} 6.0");
    }
  }

  @Test
  void push_noRoomForTooLong_isRefusedToComeAgain() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    PushLimiter limiter =
        limiter(
            (request, response) -> {
              entered.countDown();
              end.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
              response.setStatusCode(204);
            },
            1,
            Duration.ofMillis(1));
    try (InProcessServer server = serve(limiter)) {
      CompletableFuture<HttpResponse<Void>> first = push(server.pushEndpoint("tested"));
      assertThat(entered.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();

      assertThat(push(server.pushEndpoint("tested")).get().statusCode()).isEqualTo(429);

      end.countDown();
      assertThat(first.get().statusCode()).isEqualTo(204);
      assertThat(printed()).contains("{function=\"tested\",result=\"refused\"} 1.0");
    }
  }

  @Test
  void push_functionRefusesOrFails_isCountedAsThat() throws Exception {
    PushLimiter refusing = limiter((request, response) -> response.setStatusCode(503), 1, TIMEOUT);
    PushLimiter failing =
        limiter(
            (request, response) -> {
              throw new IllegalStateException("broken");
            },
            1,
            TIMEOUT);
    try (InProcessServer refused = serve(refusing);
        InProcessServer failed = serve(failing)) {
      assertThat(push(refused.pushEndpoint("tested")).get().statusCode()).isEqualTo(503);
      // Twice: a failure releases its permit.
      assertThat(push(failed.pushEndpoint("tested")).get().statusCode()).isEqualTo(500);
      assertThat(push(failed.pushEndpoint("tested")).get().statusCode()).isEqualTo(500);
    }
    assertThat(printed())
        .contains("{function=\"tested\",result=\"retried\"} 1.0")
        .contains("{function=\"tested\",result=\"failed\"} 2.0");
  }

  @Test
  void request_otherThanAPush_neitherWaitsNorCounts() throws Exception {
    PushLimiter limiter = limiter((request, response) -> response.setStatusCode(204), 1, TIMEOUT);
    try (InProcessServer server = serve(limiter)) {
      HttpRequest health = HttpRequest.newBuilder(server.pushEndpoint("tested")).build();

      assertThat(HTTP.send(health, BodyHandlers.discarding()).statusCode()).isEqualTo(204);
    }
    assertThat(printed()).doesNotContain("whatsit_deliveries_total{");
  }

  @Test
  void push_withoutTheSecret_doesNotReachTheFunction() throws Exception {
    AtomicInteger reached = new AtomicInteger();
    PushLimiter limiter = limiter((request, response) -> reached.incrementAndGet(), 1, TIMEOUT);
    try (InProcessServer server = serve(limiter)) {
      URI endpoint = server.pushEndpoint("tested");
      URI other = URI.create(endpoint + "0");

      assertThat(push(endpoint.resolve("/tested")).get().statusCode()).isEqualTo(403);
      assertThat(push(other).get().statusCode()).isEqualTo(403);
    }
    assertThat(reached).hasValue(0);
  }

  private static InProcessServer serve(PushLimiter limiter) throws IOException {
    InProcessServer server = new InProcessServer();
    server.mount("tested", limiter);
    server.listenForPushes();
    server.start();
    return server;
  }

  private PushLimiter limiter(HttpFunction function, int concurrency, Duration maxWait) {
    return new PushLimiter(function, "tested", concurrency, maxWait, metrics);
  }

  private String printed() {
    return new String(metrics.exposition(), StandardCharsets.UTF_8);
  }

  private static CompletableFuture<HttpResponse<Void>> push(URI endpoint) {
    return HTTP.sendAsync(
        HttpRequest.newBuilder(endpoint).POST(BodyPublishers.ofString("{}")).build(),
        BodyHandlers.discarding());
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }
}
