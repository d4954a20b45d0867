package dev.whatsit.classifier.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.cloud.vision.v1.AnnotateImageResponse;
import com.google.cloud.vision.v1.BatchAnnotateImagesResponse;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.failure.Deferred;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.settings.Settings;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses over HTTP/2 that are not Vision's, as a proxy may send them. */
@Timeout(120)
class ProxyResponsesTest {
  private static final ImageDescription IMAGE =
      new ImageDescription(new ImageHash("0".repeat(64)), ImageFormat.JPEG, 1000, 640, 480);

  /** RFC 9113, section 7. */
  private static final long REFUSED_STREAM = 7;

  private static final byte[] NOTHING_RECOGNISED =
      BatchAnnotateImagesResponse.newBuilder()
          .addResponses(AnnotateImageResponse.getDefaultInstance())
          .build()
          .toByteArray();

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

  @ParameterizedTest
  @ValueSource(ints = {429, 502, 503, 504})
  void classify_proxyIsUnavailable_isDeferredAfterOneRequest(int status) {
    responses.add(page(status));

    assertUnavailable("HTTP status code " + status);
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 302, 400, 401, 403, 404, 500})
  void classify_anotherPage_isOneRequestAndFailsForNow(int status) {
    responses.add(page(status));

    assertFailsForNow();
  }

  @Test
  void classify_bodyIsNoMessage_isOneRequestAndFailsForNow() {
    responses.add(grpc("<html>".getBytes(StandardCharsets.UTF_8)));

    assertFailsForNow();
  }

  /** gRPC itself would retry such a request, without counting it. */
  @Test
  void classify_streamRefused_isDeferredAfterOneRequest() {
    responses.add(response -> response.reset(REFUSED_STREAM));

    assertUnavailable("Refused stream");
  }

  private void assertUnavailable(String said) {
    Deferred deferred = catchThrowableOfType(Deferred.class, () -> classifier.classify(IMAGE));

    assertThat(deferred.reason()).isEqualTo("CLASSIFIER_UNAVAILABLE");
    assertThat(deferred).hasMessageContaining(said);
    assertThat(requests).hasValue(1);
    assertThat(ledger.calls()).hasSize(1);
  }

  private void assertFailsForNow() {
    TransientFailure failure =
        catchThrowableOfType(TransientFailure.class, () -> classifier.classify(IMAGE));

    assertThat(failure).isNotNull();
    assertThat(requests).hasValue(1);
  }

  private static Consumer<HttpServerResponse> page(int status) {
    return response ->
        response.setStatusCode(status).putHeader("content-type", "text/html").end("<html>");
  }

  /** A response with valid gRPC frames. */
  private static Consumer<HttpServerResponse> grpc(byte[] message) {
    return response ->
        response
            .putHeader("content-type", "application/grpc")
            .putTrailer("grpc-status", "0")
            .end(
                Buffer.buffer()
                    .appendByte((byte) 0)
                    .appendInt(message.length)
                    .appendBytes(message));
  }
}
