package dev.whatsit.firestore;

import com.google.api.gax.rpc.ApiException;
import com.google.api.gax.rpc.StatusCode;
import dev.whatsit.domain.failure.TransientFailure;
import java.time.Duration;

/**
 * Turns what the client throws into what callers act on. Everything is transient: a refusal for
 * want of a database, an index or a permission ends when an operator mends it, and is never the
 * image's fault.
 */
final class FirestoreFailures {
  /** What a service that says "not now" is given. */
  private static final Duration THROTTLED = Duration.ofSeconds(10);

  private FirestoreFailures() {}

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
    if (code != StatusCode.Code.RESOURCE_EXHAUSTED) {
      return new TransientFailure(message, refused);
    }
    TransientFailure throttled = new TransientFailure(message, THROTTLED);
    throttled.initCause(refused);
    return throttled;
  }

  /**
   * Whether a write's condition did not hold, which is also what a repeated write is told whose
   * first answer was lost. NOT_FOUND is said of a condition on a document that is gone.
   */
  static boolean isConflict(ApiException refused) {
    return switch (refused.getStatusCode().getCode()) {
      case ALREADY_EXISTS, FAILED_PRECONDITION, ABORTED, NOT_FOUND -> true;
      default -> false;
    };
  }

  private static String advice(StatusCode.Code code) {
    return switch (code) {
      case NOT_FOUND ->
          " (create the database in Firestore's native mode, or mend FIRESTORE_DATABASE or"
              + " GOOGLE_CLOUD_PROJECT)";
      case FAILED_PRECONDITION -> " (create the indexes of firestore.indexes.json)";
      case PERMISSION_DENIED, UNAUTHENTICATED ->
          " (give the function's service account roles/datastore.user, and enable the Firestore"
              + " API)";
      case RESOURCE_EXHAUSTED -> " (over a quota of Firestore)";
      default -> "";
    };
  }
}
