package dev.whatsit.classifier.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.cloud.vision.v1.AnnotateImageResponse;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.failure.Deferred;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.vision.fake.FakeVision;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The meaning of every code, for a whole request and for the image in a successful response. */
@Timeout(120)
class VisionErrorsTest {
  private static final ImageDescription IMAGE =
      new ImageDescription(new ImageHash("0".repeat(64)), ImageFormat.JPEG, 1000, 640, 480);

  /** The effect of an error on the image's record. */
  private enum Meaning {
    TRANSIENT,
    QUOTA_USED_UP,
    CLASSIFIER_UNAVAILABLE,
    CLASSIFIER_REFUSED,
    CLASSIFIER_REFUSED_RETRYABLE;

    static Meaning of(RuntimeException failure) {
      if (failure instanceof Deferred deferred) {
        return valueOf(deferred.reason());
      }
      if (failure instanceof PermanentFailure permanent) {
        return valueOf(permanent.code() + (permanent.retryable() ? "_RETRYABLE" : ""));
      }
      assertThat(failure).isInstanceOf(TransientFailure.class);
      return TRANSIENT;
    }
  }

  private final TestBackend backend = new TestBackend();
  private final TestClock clock = new TestClock("2026-11-21T12:00:00Z");
  private final TestLedger ledger = new TestLedger();
  private FakeVision vision;
  private Classifier classifier;

  @BeforeEach
  void start() throws IOException {
    vision = FakeVision.start();
    backend.spendFrom(ledger);
    // At this limit units are reserved one by one.
    Map<String, String> settings =
        Map.of("VISION_ENDPOINT", vision.endpoint(), "VISION_MONTHLY_LIMIT", "100");
    classifier =
        new VisionClassifierProvider(clock, documents -> backend.ledger())
            .open(Settings.of(settings), backend);
  }

  @AfterEach
  void stop() {
    classifier.close();
    vision.close();
  }

  @ParameterizedTest
  @CsvSource({
    "CANCELLED,           TRANSIENT, true",
    "UNKNOWN,             TRANSIENT, true",
    "INVALID_ARGUMENT,    CLASSIFIER_REFUSED_RETRYABLE, true",
    "DEADLINE_EXCEEDED,   TRANSIENT, true",
    "NOT_FOUND,           TRANSIENT, true",
    "ALREADY_EXISTS,      TRANSIENT, true",
    "PERMISSION_DENIED,   TRANSIENT, false",
    "RESOURCE_EXHAUSTED,  QUOTA_USED_UP, false",
    "FAILED_PRECONDITION, TRANSIENT, true",
    "ABORTED,             TRANSIENT, true",
    "OUT_OF_RANGE,        TRANSIENT, true",
    "UNIMPLEMENTED,       TRANSIENT, true",
    "INTERNAL,            TRANSIENT, true",
    "UNAVAILABLE,  CLASSIFIER_UNAVAILABLE,true",
    "DATA_LOSS,           TRANSIENT, true",
    "UNAUTHENTICATED,     TRANSIENT, false"
  })
  void classify_requestFails_hasThisMeaning(Status.Code code, Meaning meaning, boolean counted) {
    vision.respondWith(FakeVision.failure(code.toStatus().withDescription("oops")));

    RuntimeException failure = failure();

    assertThat(Meaning.of(failure)).isEqualTo(meaning);
    assertThat(failure).hasStackTraceContaining(code + ": oops");
    assertThat(vision.requests()).hasSize(1);
    assertThat(unitsCounted()).isEqualTo(counted ? 1 : 0);
  }

  /** By the numbers of {@code google.rpc.Code}, and one that it does not have. */
  @ParameterizedTest
  @CsvSource({
    "0,  TRANSIENT,              1",
    "1,  TRANSIENT,              1",
    "2,  TRANSIENT,              1",
    "3,  CLASSIFIER_REFUSED,     2",
    "4,  TRANSIENT,              1",
    "5,  TRANSIENT,              1",
    "6,  TRANSIENT,              1",
    "7,  TRANSIENT,              1",
    "8,  QUOTA_USED_UP,          1",
    "9,  TRANSIENT,              1",
    "10, TRANSIENT,              1",
    "11, TRANSIENT,              1",
    "12, TRANSIENT,              1",
    "13, TRANSIENT,              1",
    "14, CLASSIFIER_UNAVAILABLE, 1",
    "15, TRANSIENT,              1",
    "16, TRANSIENT,              1",
    "99, TRANSIENT,              1"
  })
  void classify_errorOnTheImage_hasThisMeaning(int code, Meaning meaning, int requests) {
    vision.respondWith(FakeVision.imageError(code, "oops"));

    RuntimeException failure = failure();

    assertThat(Meaning.of(failure)).isEqualTo(meaning);
    assertThat(failure).hasStackTraceContaining(": oops");
    assertThat(vision.requests()).hasSize(requests);
    assertThat(unitsCounted()).isEqualTo(requests);
  }

  private RuntimeException failure() {
    RuntimeException failure =
        catchThrowableOfType(RuntimeException.class, () -> classifier.classify(IMAGE));
    assertThat(failure).isNotNull();
    return failure;
  }

  /** The units that are counted: returned units are spent before another unit is reserved. */
  private int unitsCounted() {
    vision.respondWith(FakeVision.response(AnnotateImageResponse.newBuilder()));
    clock.advance(Duration.ofMinutes(2));
    classifier.classify(IMAGE);
    return ledger.calls().size() - 1;
  }
}
