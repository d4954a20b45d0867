package dev.whatsit.pubsub;

import com.google.api.gax.rpc.ApiException;
import com.google.api.gax.rpc.ErrorDetails;
import com.google.api.gax.rpc.StatusCode;
import com.google.rpc.RetryInfo;
import dev.whatsit.domain.failure.TransientFailure;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Turns what the client throws into what callers act on. Everything is transient: a refusal for
 * want of a topic or a permission ends when an operator mends it, and is never the image's fault.
 */
final class PubSubFailures {
  /** What a service that says "not now" is given when it does not say for how long. */
  private static final Duration THROTTLED = Duration.ofSeconds(10);

  private PubSubFailures() {}

  /**
   * The failure for callers.
   *
   * @param action what was tried, with the key of what it was about
   */
  static TransientFailure of(String action, RuntimeException failure) {
    if (!(failure instanceof ApiException refused)) {
      return new TransientFailure(action + ": " + failure, failure);
    }
    StatusCode.Code code = refused.getStatusCode().getCode();
    String message = action + ": " + code + advice(code) + ": " + refused.getMessage();
    Duration retryAfter = retryAfter(refused, code);
    if (retryAfter == null) {
      return new TransientFailure(message, refused);
    }
    TransientFailure transientFailure = new TransientFailure(message, retryAfter);
    transientFailure.initCause(refused);
    return transientFailure;
  }

  private static String advice(StatusCode.Code code) {
    return switch (code) {
      case NOT_FOUND ->
          " (create the topic, or mend WORK_TOPIC, DEAD_LETTER_TOPIC, RESULTS_TOPIC or the project)";
      case PERMISSION_DENIED, UNAUTHENTICATED ->
          " (give the function's service account roles/pubsub.publisher on the topic)";
      case RESOURCE_EXHAUSTED -> " (over a quota of Pub/Sub)";
      default -> "";
    };
  }

  private static @Nullable Duration retryAfter(ApiException refused, StatusCode.Code code) {
    ErrorDetails details = refused.getErrorDetails();
    RetryInfo info = details == null ? null : details.getRetryInfo();
    if (info != null && info.hasRetryDelay()) {
      return Duration.ofSeconds(info.getRetryDelay().getSeconds(), info.getRetryDelay().getNanos());
    }
    return code == StatusCode.Code.RESOURCE_EXHAUSTED ? THROTTLED : null;
  }
}
