package dev.whatsit.classifier.vision;

import com.google.api.gax.rpc.ApiException;
import dev.whatsit.domain.failure.Deferred;
import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.grpc.GoogleClient;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Translates each error of Vision to a failure of the classification. Thread-safe. */
final class VisionFailures {
  private static final String UNAVAILABLE = "CLASSIFIER_UNAVAILABLE";
  private static final String QUOTA = "QUOTA_USED_UP";

  /** Vision's quotas are per minute (cloud.google.com/vision/quotas). */
  private static final Duration MIN_WAIT = Duration.ofMinutes(1);

  private static final Duration MAX_WAIT = Duration.ofDays(1);

  /** The minimum delay before an image that found the service unavailable is sent again. */
  private static final Duration OUTAGE_WAIT = Duration.ofSeconds(5);

  /** The jitter: images that were deferred together become due over this time. */
  private static final Duration SPREAD = Duration.ofMinutes(1);

  private final ImageStore images;

  VisionFailures(ImageStore images) {
    this.images = images;
  }

  /**
   * The service is unavailable.
   *
   * @param error its last error
   * @param until when the circuit breaker allows the next call; null if other images may call at
   *     once
   */
  static Deferred outage(
      ImageDescription image,
      String error,
      Instant now,
      @Nullable Instant until,
      @Nullable ApiException cause) {
    String message = "Cloud Vision is unavailable (" + error + ")";
    Duration wait = OUTAGE_WAIT.plus(spread(image, OUTAGE_WAIT));
    if (until != null) {
      message += " and not called until " + until;
      wait = Duration.between(now, until).plus(spread(image, SPREAD));
    }
    return cause == null
        ? new Deferred(UNAVAILABLE, message, wait)
        : new Deferred(UNAVAILABLE, message, wait, cause);
  }

  /** A request failed, other than by UNAVAILABLE. */
  static RuntimeException ofRequest(ImageDescription image, ApiException e) {
    return switch (e.getStatusCode().getCode()) {
      case RESOURCE_EXHAUSTED ->
          quota(image, describe(e), GoogleClient.retryDelay(e).orElse(MIN_WAIT), e);
      case PERMISSION_DENIED, UNAUTHENTICATED ->
          new TransientFailure(
              cannotClassify(image, describe(e))
                  + " (enable vision.googleapis.com and billing in the project, and let this"
                  + " account use it)",
              e);
      // The request contains only the image's name, so the image is not the cause.
      case INVALID_ARGUMENT ->
          new PermanentFailure(
              FailureCodes.CLASSIFIER_REFUSED,
              "The classifier does not understand the request.",
              true,
              e);
      default -> new TransientFailure(cannotClassify(image, describe(e)), e);
    };
  }

  /**
   * Whether a request is not billed: nothing was sent, or Vision refused the caller (quota,
   * permission or credentials).
   */
  static boolean isUnbilled(ApiException e) {
    return e.isRetryable()
        || switch (e.getStatusCode().getCode()) {
          case RESOURCE_EXHAUSTED, PERMISSION_DENIED, UNAUTHENTICATED -> true;
          default -> false;
        };
  }

  /** The error of a final response that has no annotations. */
  RuntimeException ofImage(ImageDescription image, StatusRuntimeException error) {
    String said = String.valueOf(error.getMessage());
    return switch (error.getStatus().getCode()) {
      case RESOURCE_EXHAUSTED -> quota(image, said, MIN_WAIT, error);
      case UNAVAILABLE ->
          new Deferred(
              UNAVAILABLE,
              "Cloud Vision cannot read " + image.hash() + " now: " + said,
              MIN_WAIT.plus(spread(image, SPREAD)),
              error);
      case INVALID_ARGUMENT -> refused(error, said);
      // Vision responds "Error opening file" with code 7 both for a missing object and for one that
      // it may not read (GoogleCloudPlatform/php-docs-samples issue 827).
      case NOT_FOUND, PERMISSION_DENIED -> unreadable(image, error, said);
      default -> new TransientFailure(cannotClassify(image, said), error);
    };
  }

  /** The status and the root cause, which holds the reason of a lost connection. */
  static String describe(ApiException e) {
    Status status = Status.fromThrowable(e);
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String description = status.getDescription();
    return e.getStatusCode().getCode()
        + ": "
        + (description == null || cause instanceof IOException ? cause : description);
  }

  private static String cannotClassify(ImageDescription image, String said) {
    return "vision: cannot classify image " + image.hash() + ": " + said;
  }

  private static Deferred quota(
      ImageDescription image, String said, Duration delay, Throwable cause) {
    Duration raised = delay.compareTo(MIN_WAIT) > 0 ? delay : MIN_WAIT;
    Duration wait = raised.compareTo(MAX_WAIT) < 0 ? raised : MAX_WAIT;
    return new Deferred(
        QUOTA, "Cloud Vision's quota is used up: " + said, wait.plus(spread(image, SPREAD)), cause);
  }

  private static PermanentFailure refused(StatusRuntimeException error, String said) {
    if (said.toLowerCase(Locale.ROOT).contains("bad image data")) {
      return new PermanentFailure(
          FailureCodes.CORRUPT_IMAGE, "The image's data is cut or broken.", false, error);
    }
    return new PermanentFailure(
        FailureCodes.CLASSIFIER_REFUSED, "The classifier does not take this image.", false, error);
  }

  private RuntimeException unreadable(
      ImageDescription image, StatusRuntimeException error, String said) {
    if (isGone(image)) {
      return new PermanentFailure(
          FailureCodes.IMAGE_GONE,
          "The image " + image.hash() + " is no longer stored.",
          false,
          error);
    }
    return new TransientFailure(
        "vision: cannot read image "
            + image.hash()
            + ", which is there; grant this account roles/storage.objectViewer on its bucket: "
            + said,
        error);
  }

  private boolean isGone(ImageDescription image) {
    Optional<InputStream> bytes = images.open(image.hash());
    if (bytes.isEmpty()) {
      return true;
    }
    try {
      bytes.get().close();
    } catch (IOException e) {
      // The image is there, which is all that matters.
    }
    return false;
  }

  private static Duration spread(ImageDescription image, Duration max) {
    int part = Integer.parseInt(image.hash().hex().substring(0, 4), 16);
    return max.multipliedBy(part).dividedBy(0x10000);
  }
}
