package dev.whatsit.classifier.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.api.gax.core.CredentialsProvider;
import com.google.auth.Credentials;
import com.google.cloud.vision.v1.AnnotateImageRequest;
import com.google.cloud.vision.v1.AnnotateImageResponse;
import com.google.cloud.vision.v1.BatchAnnotateImagesResponse;
import com.google.cloud.vision.v1.EntityAnnotation;
import com.google.cloud.vision.v1.Feature;
import com.google.protobuf.Any;
import com.google.rpc.RetryInfo;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.failure.CircuitBreaker;
import dev.whatsit.domain.failure.Deferred;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.faultproxy.TcpProxy;
import dev.whatsit.vision.fake.FakeVision;
import io.grpc.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

// A hang is a failure here; the limit is far beyond what any machine needs.
@Timeout(120)
class VisionClassifierTest {
  private static final ImageDescription IMAGE = image("00000000");
  private static final String BAD_DATA = "Bad image data.";

  private final TestBackend backend = new TestBackend();
  private final TestClock clock = new TestClock("2026-11-21T12:00:00Z");
  private final TestLedger ledger = new TestLedger();
  private final Map<String, String> settings = new HashMap<>();
  private final List<Classifier> opened = new ArrayList<>();
  private FakeVision vision;

  @BeforeEach
  void start() throws IOException {
    vision = FakeVision.start();
    settings.put("VISION_ENDPOINT", vision.endpoint());
  }

  @AfterEach
  void stop() {
    opened.forEach(Classifier::close);
    vision.close();
  }

  @Test
  void classify_image_isOneRequestThatNamesItsLocation() {
    classifier().classify(IMAGE);

    assertThat(vision.requests()).hasSize(1);
    assertThat(vision.requests().get(0).getRequestsList())
        .containsExactly(
            AnnotateImageRequest.newBuilder()
                .setImage(
                    com.google.cloud.vision.v1.Image.newBuilder()
                        .setSource(
                            com.google.cloud.vision.v1.ImageSource.newBuilder()
                                .setImageUri("gs://photos/images/" + IMAGE.hash())))
                .addFeatures(
                    Feature.newBuilder().setType(Feature.Type.LABEL_DETECTION).setMaxResults(5))
                .build());
    assertThat(backend.opened()).isZero();
  }

  @Test
  void classify_everyFeature_isRequestedAtOnce() {
    settings.put(
        "VISION_FEATURES", "labels, safe_search,text,objects,colours,landmarks,logos,web,labels");

    Classification classification = classifier().classify(IMAGE);

    assertThat(vision.requests()).hasSize(1);
    assertThat(vision.requests().get(0).getRequests(0).getFeaturesList())
        .containsExactly(
            feature(Feature.Type.LABEL_DETECTION, 5),
            feature(Feature.Type.SAFE_SEARCH_DETECTION, 10),
            feature(Feature.Type.TEXT_DETECTION, 10),
            feature(Feature.Type.OBJECT_LOCALIZATION, 20),
            feature(Feature.Type.IMAGE_PROPERTIES, 10),
            feature(Feature.Type.LANDMARK_DETECTION, 10),
            feature(Feature.Type.LOGO_DETECTION, 10),
            feature(Feature.Type.WEB_DETECTION, 10));
    assertThat(classification.annotations()).isEmpty();
    assertThat(classification.extras()).isNotNull();
  }

  @Test
  void classify_labels_areThoseThatAreSureEnoughBestFirst() {
    settings.put("MIN_CONFIDENCE", "0.7");
    settings.put("MAX_ANNOTATIONS", "2");
    vision.respondNext(
        FakeVision.response(
            AnnotateImageResponse.newBuilder()
                .addLabelAnnotations(label("couch", 0.7f))
                .addLabelAnnotations(label("cat", 0.93f))
                .addLabelAnnotations(label("dog", 0.69f))));

    assertThat(classifier().classify(IMAGE))
        .isEqualTo(
            new Classification(
                List.of(new Annotation("cat", 0.93), new Annotation("couch", 0.7)),
                List.of(),
                new ClassifierIdentity("vision", "builtin/stable")));
  }

  @Test
  void classify_badDataOnceOnly_isClassified() {
    vision.respondNext(
        FakeVision.imageError(3, BAD_DATA),
        FakeVision.response(
            AnnotateImageResponse.newBuilder().addLabelAnnotations(label("cat", 0.9f))));

    assertThat(classifier().classify(IMAGE).annotations()).hasSize(1);
    assertThat(vision.requests()).hasSize(2);
  }

  @Test
  void classify_badDataTwice_isCorruptForGood() {
    vision.respondNext(FakeVision.imageError(3, BAD_DATA), FakeVision.imageError(3, BAD_DATA));

    PermanentFailure failure = fails(PermanentFailure.class);

    assertThat(failure.code()).isEqualTo("CORRUPT_IMAGE");
    assertThat(failure.retryable()).isFalse();
    assertThat(failure).hasStackTraceContaining(BAD_DATA);
    assertThat(vision.requests()).hasSize(2);
  }

  @Test
  void classify_badDataAndThenAway_isDeferred() {
    vision.respondNext(FakeVision.imageError(3, BAD_DATA));
    willBeAway(1);

    assertThat(fails(Deferred.class).reason()).isEqualTo("CLASSIFIER_UNAVAILABLE");
    assertThat(vision.requests()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 7})
  void classify_objectIsNotThere_isGone(int code) {
    backend.remove(IMAGE);
    vision.respondNext(FakeVision.imageError(code, "Error opening file: gs://photos/images/0."));

    PermanentFailure failure = fails(PermanentFailure.class);

    assertThat(failure.code()).isEqualTo("IMAGE_GONE");
    assertThat(failure.retryable()).isFalse();
    assertThat(vision.requests()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 7})
  void classify_objectThatVisionMayNotRead_failsAndSaysWhatToDo(int code) {
    vision.respondNext(FakeVision.imageError(code, "Error opening file: gs://photos/images/0."));

    assertThat(fails(TransientFailure.class))
        .hasMessageContaining("roles/storage.objectViewer")
        .hasMessageContaining(IMAGE.hash().hex());
    assertThat(vision.requests()).hasSize(1);
  }

  /** The delay is at least a minute, longer as advised, and spread over a minute by the hash. */
  @ParameterizedTest
  @CsvSource({
    "00000000, 0, 60",
    "80000000, 0, 90",
    "00000000, 300, 300",
    "80000000, 1000000, 86430"
  })
  void classify_quotaExceeded_isDeferred(String hash, long advised, long expected) {
    vision.respondNext(
        FakeVision.failure(
            com.google.rpc.Status.newBuilder()
                .setCode(Status.RESOURCE_EXHAUSTED.getCode().value())
                .addDetails(
                    Any.pack(
                        RetryInfo.newBuilder()
                            .setRetryDelay(
                                com.google.protobuf.Duration.newBuilder().setSeconds(advised))
                            .build()))
                .build()));
    Classifier classifier = classifier();

    Deferred deferred =
        catchThrowableOfType(Deferred.class, () -> classifier.classify(image(hash)));

    assertThat(deferred.reason()).isEqualTo("QUOTA_USED_UP");
    assertThat(deferred.retryAfter()).isEqualTo(Duration.ofSeconds(expected));
    assertThat(vision.requests()).hasSize(1);
  }

  @Test
  void classify_unavailable_isDeferredAfterOneRequest() {
    willBeAway(1);
    Classifier classifier = classifier();

    Deferred deferred = fails(Deferred.class, classifier);

    assertThat(deferred.reason()).isEqualTo("CLASSIFIER_UNAVAILABLE");
    assertThat(deferred.retryAfter()).isEqualTo(Duration.ofSeconds(5));
    assertThat(deferred).hasMessageContaining("(UNAVAILABLE: away)");
    assertThat(vision.requests()).hasSize(1);
    assertThat(classifier.classify(image("11111111")).annotations()).isEmpty();
  }

  /** A bug: an outage used up the monthly limit without a single request. */
  @Test
  void classify_connectionRefused_countsNothing() throws IOException {
    limit(1);
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      settings.put("VISION_ENDPOINT", "http://127.0.0.1:" + free.getLocalPort());
    }
    Classifier classifier = classifier();

    for (int i = 0; i < 2; i++) {
      Deferred deferred = fails(Deferred.class, classifier);
      assertThat(deferred.reason()).isEqualTo("CLASSIFIER_UNAVAILABLE");
      assertThat(deferred).hasMessageContaining("Connection refused");
    }
  }

  @Test
  void classify_circuitOpen_sendsNothing() {
    Classifier classifier = classifier();
    openCircuit(classifier);
    clock.advance(Duration.ofSeconds(59));

    Deferred deferred = fails(Deferred.class, classifier);

    assertThat(deferred.reason()).isEqualTo("CLASSIFIER_UNAVAILABLE");
    assertThat(deferred.retryAfter()).isEqualTo(Duration.ofSeconds(1));
    assertThat(deferred).hasMessageContaining("(UNAVAILABLE: away)");
    assertThat(vision.requests()).hasSize(3);
  }

  /** Any response shows that Vision is available. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void classify_respondsWhenHalfOpen_closesTheCircuit(boolean success) {
    Classifier classifier = classifier();
    Duration first = openCircuit(classifier);
    clock.advance(first);
    if (success) {
      classifier.classify(IMAGE);
    } else {
      vision.respondNext(FakeVision.failure(Status.INTERNAL));
      fails(TransientFailure.class, classifier);
    }

    assertThat(openCircuit(classifier)).isEqualTo(first);
  }

  @Test
  void classify_imageUnavailable_isDeferredAndOthersAreNot() {
    FakeVision.Responder unreadable = FakeVision.imageError(14, "cannot access the URL currently");
    vision.respondNext(unreadable, unreadable, unreadable);
    Classifier classifier = classifier();

    for (int i = 0; i < CircuitBreaker.DEFAULT_FAILURE_THRESHOLD; i++) {
      assertThat(fails(Deferred.class, classifier).reason()).isEqualTo("CLASSIFIER_UNAVAILABLE");
    }
    classifier.classify(image("11111111"));

    assertThat(vision.requests()).hasSize(4);
  }

  @Test
  void classify_denied_failsAndSaysWhatToDo() {
    vision.respondNext(
        FakeVision.failure(
            Status.PERMISSION_DENIED.withDescription("Cloud Vision API is disabled")));

    assertThat(fails(TransientFailure.class))
        .hasMessageContaining("enable vision.googleapis.com and billing")
        .hasMessageContaining("Cloud Vision API is disabled");
  }

  @Test
  void classify_noAnswerOnTheImage_failsForNow() {
    vision.respondNext(request -> BatchAnnotateImagesResponse.getDefaultInstance());

    assertThat(fails(TransientFailure.class)).hasMessageContaining("0 responses");
    assertThat(vision.requests()).hasSize(1);
  }

  @Test
  void classify_hangs_failsAtTheDeadlineAfterOneRequest() {
    settings.put("CLASSIFIER_DEADLINE_SECONDS", "1");
    vision.respondNext(FakeVision.hang());
    Classifier classifier = classifier();
    long start = System.nanoTime();

    fails(TransientFailure.class, classifier);

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(900));
    assertThat(vision.requests()).hasSize(1);
  }

  /** The backlog of the server's socket accepts the connection, and nothing is read from it. */
  @Test
  void classify_noConnectionWithinTheDeadline_isDeferred() throws IOException {
    settings.put("CLASSIFIER_DEADLINE_SECONDS", "1");
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      settings.put("VISION_ENDPOINT", "http://127.0.0.1:" + silent.getLocalPort());

      assertThat(fails(Deferred.class).reason()).isEqualTo("CLASSIFIER_UNAVAILABLE");
    }
  }

  /** Each request that arrives may be billed, so each one that is sent must be counted. */
  @Test
  void classify_alwaysUnavailable_isAsManyRequestsAsAreCounted() {
    int classifications = 5;
    limit(classifications);
    vision.respondWith(FakeVision.failure(Status.UNAVAILABLE));
    Classifier classifier = classifier();
    for (int i = 1; i <= classifications; i++) {
      Deferred deferred = fails(Deferred.class, classifier);
      assertThat(deferred.reason()).isEqualTo("CLASSIFIER_UNAVAILABLE");
      assertThat(vision.requests()).hasSize(i);
      clock.advance(deferred.retryAfter());
    }

    assertThat(fails(Deferred.class, classifier).reason()).isEqualTo("SPENDING_CEILING");
    assertThat(vision.requests()).hasSize(classifications);
  }

  @Test
  void classify_severalFeatures_areAUnitEach() {
    limit(5);
    settings.put("VISION_FEATURES", "labels,text");
    Classifier classifier = classifier();
    classifier.classify(IMAGE);
    classifier.classify(IMAGE);

    assertThat(fails(Deferred.class, classifier).reason()).isEqualTo("SPENDING_CEILING");
    assertThat(vision.requests()).hasSize(2);
  }

  @Test
  void classify_requestSentAgain_isCountedAgain() {
    limit(3);
    vision.respondNext(FakeVision.imageError(3, BAD_DATA));
    Classifier classifier = classifier();
    classifier.classify(IMAGE);
    classifier.classify(IMAGE);

    assertThat(fails(Deferred.class, classifier).reason()).isEqualTo("SPENDING_CEILING");
    assertThat(vision.requests()).hasSize(3);
  }

  @ParameterizedTest
  @CsvSource({"RESOURCE_EXHAUSTED, 2", "PERMISSION_DENIED, 2", "INTERNAL, 1"})
  void classify_refusedByStatus_countsOrNot(Status.Code code, int requests) {
    limit(1);
    vision.respondNext(FakeVision.failure(code.toStatus().withDescription("no")));
    Classifier classifier = classifier();
    fails(RuntimeException.class, classifier);
    try {
      classifier.classify(IMAGE);
    } catch (Deferred e) {
      assertThat(e.reason()).isEqualTo("SPENDING_CEILING");
    }

    assertThat(fails(Deferred.class, classifier).reason()).isEqualTo("SPENDING_CEILING");
    assertThat(vision.requests()).hasSize(requests);
  }

  @Test
  void classify_responseLostWithTheConnection_isCounted() throws IOException {
    limit(2);
    try (TcpProxy proxy = TcpProxy.to(vision.port())) {
      settings.put("VISION_ENDPOINT", "http://" + proxy.hostPort());
      vision.respondNext(
          request -> {
            proxy.dropAll();
            throw Status.ABORTED.asException();
          });
      Classifier classifier = classifier();

      assertThat(fails(Deferred.class, classifier).reason()).isEqualTo("CLASSIFIER_UNAVAILABLE");
      classifier.classify(IMAGE);

      assertThat(vision.requests()).hasSize(2);
      assertThat(fails(Deferred.class, classifier).reason()).isEqualTo("SPENDING_CEILING");
    }
  }

  /** Repeated, because the client's view depends on its progress when the connection ends. */
  @Test
  void classify_connectionCutBetweenImages_isAtMostOneRequestEach() throws IOException {
    int images = 100;
    int classified = 0;
    try (TcpProxy proxy = TcpProxy.to(vision.port())) {
      settings.put("VISION_ENDPOINT", "http://" + proxy.hostPort());
      Classifier classifier = classifier();

      for (int i = 0; i < images; i++) {
        try {
          classifier.classify(IMAGE);
          classified++;
        } catch (Deferred e) {
          clock.advance(e.retryAfter());
        }
        proxy.dropAll();
      }

      assertThat(classified).isGreaterThanOrEqualTo(images / 2);
      assertThat(vision.requests()).hasSizeBetween(classified, images);
      assertThat(proxy.forwarded()).isGreaterThan(1);
    }
  }

  @Test
  void classify_ledgerAway_asksNothing() {
    settings.put("VISION_MONTHLY_LIMIT", "100");
    backend.spendFrom(
        (account, units, ceiling) -> {
          throw new TransientFailure("no ledger");
        });

    assertThat(fails(TransientFailure.class)).hasMessage("no ledger");
    assertThat(vision.requests()).isEmpty();
  }

  @Test
  void openAndCheck_makeNoRequestAndNoConnection() throws IOException {
    try (TcpProxy proxy = TcpProxy.to(vision.port())) {
      settings.put("VISION_ENDPOINT", "http://" + proxy.hostPort());
      Classifier classifier = classifier();
      classifier.checkReachable();
      assertThat(proxy.forwarded()).isZero();
      assertThat(vision.requests()).isEmpty();

      classifier.classify(IMAGE);
      classifier.classify(IMAGE);
      assertThat(proxy.forwarded()).isEqualTo(1);
    }
  }

  @Test
  void noCredentials_areFoundOutBeforeAnythingIsSpentOrSent() {
    Classifier classifier =
        classifierWith(
            () -> {
              throw new IOException("none here");
            });

    assertThat(fails(TransientFailure.class, classifier))
        .hasMessageContainingAll("no credentials", "none here");
    assertThatThrownBy(classifier::checkReachable)
        .isInstanceOf(TransientFailure.class)
        .hasMessageContainingAll("no credentials", "none here");
    assertThat(ledger.calls()).isEmpty();
    assertThat(vision.requests()).isEmpty();
  }

  @Test
  void noToken_failsForNowAndCountsNothing() {
    Classifier classifier =
        classifierWith(
            () ->
                new Credentials() {
                  @Override
                  public String getAuthenticationType() {
                    return "test";
                  }

                  @Override
                  public Map<String, List<String>> getRequestMetadata(URI uri) throws IOException {
                    throw new IOException("no token today");
                  }

                  @Override
                  public boolean hasRequestMetadata() {
                    return true;
                  }

                  @Override
                  public boolean hasRequestMetadataOnly() {
                    return true;
                  }

                  @Override
                  public void refresh() {}
                });

    for (int i = 0; i < 3; i++) {
      assertThat(fails(TransientFailure.class, classifier))
          .hasMessageContainingAll("UNAUTHENTICATED", "no token today");
    }
    assertThat(ledger.calls()).hasSize(1);
    assertThat(vision.requests()).isEmpty();
  }

  /** Its response is paid for. */
  @Test
  void close_duringAClassification_letsItEnd() throws Exception {
    CountDownLatch sent = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    vision.respondNext(
        request -> {
          sent.countDown();
          assertThat(closed.await(1, TimeUnit.MINUTES)).isTrue();
          return FakeVision.response(AnnotateImageResponse.newBuilder()).respond(request);
        });
    Classifier classifier = classifier();
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try {
      Future<Classification> running = threads.submit(() -> classifier.classify(IMAGE));
      assertThat(sent.await(1, TimeUnit.MINUTES)).isTrue();
      classifier.close();
      closed.countDown();

      assertThat(running.get(1, TimeUnit.MINUTES).annotations()).isEmpty();
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void close_afterwards_everythingFails() {
    Classifier classifier = classifier();
    classifier.classify(IMAGE);

    classifier.close();
    classifier.close();

    assertThat(fails(TransientFailure.class, classifier)).hasMessageContaining("closed");
    assertThatThrownBy(classifier::checkReachable).isInstanceOf(TransientFailure.class);
    assertThat(vision.requests()).hasSize(1);
  }

  private void limit(long units) {
    settings.put("VISION_MONTHLY_LIMIT", Long.toString(units));
    backend.spendFrom(ledger);
  }

  private void willBeAway(int times) {
    for (int i = 0; i < times; i++) {
      vision.respondNext(FakeVision.failure(Status.UNAVAILABLE.withDescription("away")));
    }
  }

  /** Opens the circuit breaker and returns the delay of the last failure. */
  private Duration openCircuit(Classifier classifier) {
    willBeAway(CircuitBreaker.DEFAULT_FAILURE_THRESHOLD);
    Deferred last = fails(Deferred.class, classifier);
    for (int i = 1; i < CircuitBreaker.DEFAULT_FAILURE_THRESHOLD; i++) {
      last = fails(Deferred.class, classifier);
    }
    return last.retryAfter();
  }

  private <T extends RuntimeException> T fails(Class<T> type) {
    return fails(type, classifier());
  }

  private static <T extends RuntimeException> T fails(Class<T> type, Classifier classifier) {
    T failure = catchThrowableOfType(type, () -> classifier.classify(IMAGE));
    assertThat(failure).isNotNull();
    return failure;
  }

  private Classifier classifier() {
    Classifier classifier =
        new VisionClassifierProvider(clock, documents -> backend.ledger())
            .open(Settings.of(settings), backend);
    opened.add(classifier);
    return classifier;
  }

  private Classifier classifierWith(CredentialsProvider credentials) {
    Classifier classifier =
        new VisionClassifier(
            backend,
            VisionSettings.read(Settings.of(settings)),
            new MonthlyUnits(ledger, 100, clock),
            new VisionClient(VisionEndpoint.parse(vision.endpoint()).orElseThrow(), credentials),
            clock);
    opened.add(classifier);
    return classifier;
  }

  private static EntityAnnotation label(String description, float score) {
    return EntityAnnotation.newBuilder().setDescription(description).setScore(score).build();
  }

  private static Feature feature(Feature.Type type, int maxResults) {
    return Feature.newBuilder().setType(type).setMaxResults(maxResults).build();
  }

  private static ImageDescription image(String start) {
    return new ImageDescription(
        new ImageHash(start + "0".repeat(64 - start.length())), ImageFormat.JPEG, 1000, 640, 480);
  }
}
