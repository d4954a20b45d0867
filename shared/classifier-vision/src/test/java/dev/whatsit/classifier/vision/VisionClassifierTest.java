package dev.whatsit.classifier.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.api.gax.core.CredentialsProvider;
import com.google.auth.Credentials;
import com.google.cloud.vision.v1.AnnotateImageRequest;
import com.google.cloud.vision.v1.AnnotateImageResponse;
import com.google.cloud.vision.v1.BatchAnnotateImagesResponse;
import com.google.cloud.vision.v1.BoundingPoly;
import com.google.cloud.vision.v1.ColorInfo;
import com.google.cloud.vision.v1.DominantColorsAnnotation;
import com.google.cloud.vision.v1.EntityAnnotation;
import com.google.cloud.vision.v1.Feature;
import com.google.cloud.vision.v1.ImageProperties;
import com.google.cloud.vision.v1.Likelihood;
import com.google.cloud.vision.v1.LocalizedObjectAnnotation;
import com.google.cloud.vision.v1.LocationInfo;
import com.google.cloud.vision.v1.NormalizedVertex;
import com.google.cloud.vision.v1.SafeSearchAnnotation;
import com.google.cloud.vision.v1.TextAnnotation;
import com.google.cloud.vision.v1.WebDetection;
import com.google.protobuf.Any;
import com.google.rpc.RetryInfo;
import com.google.type.Color;
import com.google.type.LatLng;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.classification.Colour;
import dev.whatsit.domain.classification.DetectedObject;
import dev.whatsit.domain.classification.Extras;
import dev.whatsit.domain.classification.Landmark;
import dev.whatsit.domain.classification.RecognisedText;
import dev.whatsit.domain.classification.SafeSearch;
import dev.whatsit.domain.classification.WebFindings;
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
import org.junit.jupiter.params.provider.EnumSource;
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
  void classify_everyFeature_isRequestedAtOnceAndRead() {
    settings.put(
        "VISION_FEATURES", "labels, safe_search,text,objects,colours,landmarks,logos,web,labels");
    vision.respondNext(
        FakeVision.response(
            AnnotateImageResponse.newBuilder()
                .addLabelAnnotations(label("Wärmflasche 🐈 \"\\\n", 0.7f))
                .setSafeSearchAnnotation(
                    SafeSearchAnnotation.newBuilder().setRacy(Likelihood.POSSIBLE))
                .setFullTextAnnotation(TextAnnotation.newBuilder().setText("STOP\nhere"))
                .addLocalizedObjectAnnotations(
                    LocalizedObjectAnnotation.newBuilder()
                        .setName("bowl")
                        .setScore(0.61f)
                        .setBoundingPoly(
                            BoundingPoly.newBuilder()
                                .addNormalizedVertices(NormalizedVertex.newBuilder().setY(0.2f))
                                .addNormalizedVertices(NormalizedVertex.newBuilder().setX(0.9f))))
                .setImagePropertiesAnnotation(
                    ImageProperties.newBuilder()
                        .setDominantColors(
                            DominantColorsAnnotation.newBuilder()
                                .addColors(
                                    ColorInfo.newBuilder()
                                        .setColor(Color.newBuilder().setRed(255).setBlue(16))
                                        .setScore(0.25f)
                                        .setPixelFraction(0.125f))))
                .addLandmarkAnnotations(
                    label("Tower", 0.9f).toBuilder()
                        .addLocations(
                            LocationInfo.newBuilder()
                                .setLatLng(
                                    LatLng.newBuilder()
                                        .setLatitude(35.658581)
                                        .setLongitude(139.745433))))
                .addLogoAnnotations(label("Acme", 0.8f))
                .setWebDetection(
                    WebDetection.newBuilder()
                        .addBestGuessLabels(
                            WebDetection.WebLabel.newBuilder().setLabel("a cat")))));

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
    assertThat(classification.annotations())
        .containsExactly(new Annotation("Wärmflasche 🐈 \"\\", 0.7));
    assertThat(classification.objects())
        .containsExactly(new DetectedObject("bowl", 0.61, new DetectedObject.Box(0, 0, 0.9, 0.2)));
    assertThat(classification.extras())
        .isEqualTo(
            new Extras(
                new SafeSearch(
                    SafeSearch.Likelihood.UNKNOWN,
                    SafeSearch.Likelihood.UNKNOWN,
                    SafeSearch.Likelihood.UNKNOWN,
                    SafeSearch.Likelihood.UNKNOWN,
                    SafeSearch.Likelihood.POSSIBLE),
                new RecognisedText("STOP\nhere", false),
                List.of(new Colour(0xff0010, 0.25, 0.125)),
                List.of(new Landmark("Tower", 0.9, new Landmark.Place(35.658581, 139.745433))),
                List.of(new Annotation("Acme", 0.8)),
                new WebFindings(List.of("a cat"), List.of(), List.of(), List.of())));
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
  void classify_safeSearch_isToldBesideTheLabels() {
    settings.put("VISION_FEATURES", "labels,safe_search");
    vision.respondNext(
        FakeVision.response(
            AnnotateImageResponse.newBuilder()
                .addLabelAnnotations(label("cat", 0.9f))
                .setSafeSearchAnnotation(
                    SafeSearchAnnotation.newBuilder()
                        .setAdult(Likelihood.VERY_UNLIKELY)
                        .setSpoof(Likelihood.UNLIKELY)
                        .setMedical(Likelihood.POSSIBLE)
                        .setViolence(Likelihood.LIKELY)
                        .setRacy(Likelihood.VERY_LIKELY))));

    Classification classification = classifier().classify(IMAGE);

    assertThat(classification.annotations()).extracting(Annotation::label).containsExactly("cat");
    assertThat(classification.extras())
        .extracting(Extras::safeSearch)
        .isEqualTo(
            new SafeSearch(
                SafeSearch.Likelihood.VERY_UNLIKELY,
                SafeSearch.Likelihood.UNLIKELY,
                SafeSearch.Likelihood.POSSIBLE,
                SafeSearch.Likelihood.LIKELY,
                SafeSearch.Likelihood.VERY_LIKELY));
  }

  @Test
  void classify_nothingRecognised_isASuccess() {
    assertThat(classifier().classify(IMAGE).annotations()).isEmpty();
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
  void classify_refusedTwiceOtherwise_isRefusedForGood() {
    FakeVision.Responder refusal = FakeVision.imageError(3, "Request Admission Denied.");
    vision.respondNext(refusal, refusal);

    PermanentFailure failure = fails(PermanentFailure.class);

    assertThat(failure.code()).isEqualTo("CLASSIFIER_REFUSED");
    assertThat(failure.retryable()).isFalse();
    assertThat(failure.detail()).doesNotContain("Admission", "gs://");
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

  @Test
  void classify_quotaUsedUp_isDeferredByAMinuteOrTwo() {
    vision.respondNext(
        FakeVision.failure(
            Status.RESOURCE_EXHAUSTED.withDescription(
                "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute'")));

    Deferred deferred = fails(Deferred.class);

    assertThat(deferred.reason()).isEqualTo("QUOTA_USED_UP");
    assertThat(deferred.retryAfter()).isEqualTo(Duration.ofMinutes(1));
    assertThat(vision.requests()).hasSize(1);
  }

  @Test
  void classify_quotaUsedUp_isSpreadByTheImage() {
    vision.respondNext(FakeVision.failure(Status.RESOURCE_EXHAUSTED.withDescription("quota")));
    Classifier classifier = classifier();

    Deferred deferred =
        catchThrowableOfType(Deferred.class, () -> classifier.classify(image("80000000")));

    assertThat(deferred.retryAfter()).isEqualTo(Duration.ofSeconds(90));
  }

  @Test
  void classify_quotaUsedUpWithAdvice_isDeferredAsAdvised() {
    vision.respondNext(
        FakeVision.failure(
            com.google.rpc.Status.newBuilder()
                .setCode(8)
                .addDetails(
                    Any.pack(
                        RetryInfo.newBuilder()
                            .setRetryDelay(
                                com.google.protobuf.Duration.newBuilder().setSeconds(300))
                            .build()))
                .build()));

    assertThat(fails(Deferred.class).retryAfter()).isEqualTo(Duration.ofMinutes(5));
  }

  @Test
  void classify_quotaUsedUpInAnAnswer_isDeferred() {
    vision.respondNext(FakeVision.imageError(8, "quota"));

    assertThat(fails(Deferred.class).reason()).isEqualTo("QUOTA_USED_UP");
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

  @Test
  void classify_nobodyListens_isDeferred() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      settings.put("VISION_ENDPOINT", "http://127.0.0.1:" + free.getLocalPort());
    }

    Deferred deferred = fails(Deferred.class);

    assertThat(deferred.reason()).isEqualTo("CLASSIFIER_UNAVAILABLE");
    assertThat(deferred).hasMessageContaining("Connection refused");
  }

  /** A bug: an outage used up the monthly limit without a single request. */
  @Test
  void classify_nobodyListens_countsNothing() throws IOException {
    limit(1);
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      settings.put("VISION_ENDPOINT", "http://127.0.0.1:" + free.getLocalPort());
    }
    Classifier classifier = classifier();

    for (int i = 0; i < 2; i++) {
      assertThat(fails(Deferred.class, classifier).reason()).isEqualTo("CLASSIFIER_UNAVAILABLE");
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

  @Test
  void classify_unavailableWhenHalfOpen_opensForLonger() {
    Classifier classifier = classifier();
    Duration first = openCircuit(classifier);
    clock.advance(first);
    willBeAway(1);

    assertThat(fails(Deferred.class, classifier).retryAfter()).isEqualTo(first.multipliedBy(2));
    assertThat(vision.requests()).hasSize(4);
  }

  @Test
  void classify_respondsWhenHalfOpen_closesTheCircuit() {
    Classifier classifier = classifier();
    Duration first = openCircuit(classifier);
    clock.advance(first);
    classifier.classify(IMAGE);

    assertThat(openCircuit(classifier)).isEqualTo(first);
  }

  @Test
  void classify_halfOpen_oneIsSentAndOthersAreDeferred() throws Exception {
    Classifier classifier = classifier();
    clock.advance(openCircuit(classifier));
    CountDownLatch sent = new CountDownLatch(1);
    CountDownLatch mayRespond = new CountDownLatch(1);
    vision.respondNext(
        request -> {
          sent.countDown();
          assertThat(mayRespond.await(1, TimeUnit.MINUTES)).isTrue();
          return FakeVision.response(AnnotateImageResponse.newBuilder()).respond(request);
        });
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try {
      Future<Classification> probe = threads.submit(() -> classifier.classify(IMAGE));
      assertThat(sent.await(1, TimeUnit.MINUTES)).isTrue();

      assertThat(fails(Deferred.class, classifier).reason()).isEqualTo("CLASSIFIER_UNAVAILABLE");
      assertThat(vision.requests()).hasSize(4);

      mayRespond.countDown();
      assertThat(probe.get(1, TimeUnit.MINUTES).annotations()).isEmpty();
      classifier.classify(IMAGE);
    } finally {
      threads.shutdownNow();
    }
  }

  /** Another error shows that Vision responds. */
  @Test
  void classify_refusedWhenHalfOpen_closesTheCircuit() {
    Classifier classifier = classifier();
    Duration first = openCircuit(classifier);
    clock.advance(first);
    vision.respondNext(FakeVision.failure(Status.INTERNAL));
    fails(TransientFailure.class, classifier);

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

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"PERMISSION_DENIED", "UNAUTHENTICATED"})
  void classify_denied_failsAndSaysWhatToDo(Status.Code code) {
    vision.respondNext(
        FakeVision.failure(code.toStatus().withDescription("Cloud Vision API is disabled")));

    assertThat(fails(TransientFailure.class))
        .hasMessageContaining("enable vision.googleapis.com and billing")
        .hasMessageContaining("Cloud Vision API is disabled");
    assertThat(vision.requests()).hasSize(1);
  }

  @Test
  void classify_requestNotUnderstood_isRefusedButRetryable() {
    vision.respondNext(
        FakeVision.failure(Status.INVALID_ARGUMENT.withDescription("no such feature")));

    PermanentFailure failure = fails(PermanentFailure.class);

    assertThat(failure.code()).isEqualTo("CLASSIFIER_REFUSED");
    assertThat(failure.retryable()).isTrue();
    assertThat(vision.requests()).hasSize(1);
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
  void classify_ceiling_isNeverPassed() {
    limit(4);
    Classifier classifier = classifier();
    for (int i = 0; i < 4; i++) {
      classifier.classify(IMAGE);
    }

    Deferred deferred = fails(Deferred.class, classifier);

    assertThat(deferred.reason()).isEqualTo("SPENDING_CEILING");
    assertThat(vision.requests()).hasSize(4);
    assertThat(ledger.calls()).containsOnly("vision-2026-11 1").hasSize(6);
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
  @EnumSource(
      value = Status.Code.class,
      names = {"RESOURCE_EXHAUSTED", "PERMISSION_DENIED", "UNAUTHENTICATED"})
  void classify_turnedAwayForItsSender_isNotCounted(Status.Code code) {
    limit(1);
    vision.respondNext(FakeVision.failure(code.toStatus().withDescription("no")));
    Classifier classifier = classifier();
    fails(RuntimeException.class, classifier);

    classifier.classify(IMAGE);

    assertThat(fails(Deferred.class, classifier).reason()).isEqualTo("SPENDING_CEILING");
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
  void classify_failedOtherwise_isCounted() {
    limit(1);
    vision.respondNext(FakeVision.failure(Status.INTERNAL.withDescription("oops")));
    Classifier classifier = classifier();
    fails(TransientFailure.class, classifier);

    assertThat(fails(Deferred.class, classifier).reason()).isEqualTo("SPENDING_CEILING");
    assertThat(vision.requests()).hasSize(1);
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
  void classify_manyAtOnceOnSeveralInstances_neverPassTheCeiling() throws Exception {
    int limit = 60;
    limit(limit);
    List<Classifier> instances = List.of(classifier(), classifier(), classifier());
    ExecutorService threads = Executors.newFixedThreadPool(9);
    try {
      List<Future<Integer>> done = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        Classifier instance = instances.get(i % instances.size());
        done.add(threads.submit(() -> classifyUntilDeferred(instance)));
      }
      int classified = 0;
      for (Future<Integer> future : done) {
        classified += future.get(1, TimeUnit.MINUTES);
      }

      assertThat(classified).isEqualTo(limit);
      assertThat(vision.requests()).hasSize(limit);
      assertThat(ledger.calls()).hasSizeLessThanOrEqualTo(limit + 3 * instances.size());
    } finally {
      threads.shutdownNow();
    }
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

  @Test
  void close_classificationUnderWay_waitsForIt() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch mayAnswer = new CountDownLatch(1);
    vision.respondNext(
        request -> {
          asked.countDown();
          assertThat(mayAnswer.await(1, TimeUnit.MINUTES)).isTrue();
          return FakeVision.response(AnnotateImageResponse.newBuilder()).respond(request);
        });
    Classifier classifier = classifier();
    ExecutorService threads = Executors.newFixedThreadPool(1);
    try {
      Future<Classification> classified = threads.submit(() -> classifier.classify(IMAGE));
      assertThat(asked.await(1, TimeUnit.MINUTES)).isTrue();
      Thread closing = new Thread(classifier::close);
      closing.start();
      while (closing.getState() == Thread.State.RUNNABLE) {
        Thread.onSpinWait();
      }
      assertThat(closing.isAlive()).isTrue();
      mayAnswer.countDown();

      assertThat(classified.get(1, TimeUnit.MINUTES).annotations()).isEmpty();
      closing.join();
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

  private static int classifyUntilDeferred(Classifier classifier) {
    int classified = 0;
    try {
      while (true) {
        classifier.classify(IMAGE);
        classified++;
      }
    } catch (Deferred e) {
      return classified;
    }
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
