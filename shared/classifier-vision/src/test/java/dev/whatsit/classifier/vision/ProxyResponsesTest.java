package dev.whatsit.classifier.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.failure.Deferred;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.settings.Settings;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerResponse;
import java.time.InstantSource;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Responses over HTTP/2 that are not Vision's, as a proxy may send them. */
@Timeout(120)
class ProxyResponsesTest {
  private static final ImageDescription IMAGE =
      new ImageDescription(new ImageHash("0".repeat(64)), ImageFormat.JPEG, 1000, 640, 480);

  /** RFC 9113, section 7. */
  private static final long REFUSED_STREAM = 7;

  private final TestLedger ledger = new TestLedger();
  private final Queue<Consumer<HttpServerResponse>> responses = new ConcurrentLinkedQueue<>();
  private final AtomicInteger requests = new AtomicInteger();
  private final Vertx vertx = Vertx.vertx();
  private Classifier classifier;

  @BeforeEach
  void start() throws Exception {
    HttpServer server =
        vertx
            .createHttpServer()
            .requestHandler(
                request ->
                    request.endHandler(
                        end -> {
                          requests.incrementAndGet();
                          responses.remove().accept(request.response());
                        }))
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture()
            .get(1, TimeUnit.MINUTES);
    // At this limit units are reserved one by one.
    Map<String, String> settings =
        Map.of(
            "VISION_ENDPOINT",
            "http://127.0.0.1:" + server.actualPort(),
            "VISION_MONTHLY_LIMIT",
            "100");
    TestBackend backend = new TestBackend();
    backend.spendFrom(ledger);
    classifier =
        new VisionClassifierProvider(InstantSource.system(), documents -> backend.ledger())
            .open(Settings.of(settings), backend);
  }

  @AfterEach
  void stop() throws Exception {
    classifier.close();
    vertx.close().toCompletionStage().toCompletableFuture().get(1, TimeUnit.MINUTES);
  }

  @Test
  void classify_pageOfAProxy_isOneRequest() {
    responses.add(page(503));
    assertThat(catchThrowableOfType(Deferred.class, () -> classifier.classify(IMAGE)))
        .hasMessageContaining("HTTP status code 503");
    responses.add(page(200));
    assertThat(catchThrowableOfType(TransientFailure.class, () -> classifier.classify(IMAGE)))
        .isNotNull();

    assertThat(requests).hasValue(2);
  }

  /** gRPC itself would retry such a request, without counting it. */
  @Test
  void classify_streamRefused_isDeferredAfterOneRequest() {
    responses.add(response -> response.reset(REFUSED_STREAM));

    assertThat(catchThrowableOfType(Deferred.class, () -> classifier.classify(IMAGE)))
        .hasMessageContaining("Refused stream");
    assertThat(requests).hasValue(1);
    assertThat(ledger.calls()).hasSize(1);
  }

  private static Consumer<HttpServerResponse> page(int status) {
    return response ->
        response.setStatusCode(status).putHeader("content-type", "text/html").end("<html>");
  }
}
