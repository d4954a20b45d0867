package dev.whatsit.documents.firestore;

import com.google.api.gax.rpc.ApiException;
import com.google.api.gax.rpc.ErrorDetails;
import com.google.cloud.firestore.FirestoreException;
import com.google.rpc.RetryInfo;
import dev.whatsit.domain.failure.TransientFailure;
import io.grpc.Status;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Translates the client's exceptions. All failures are transient: an operator can repair a missing
 * database, index or permission, and the image is never the cause.
 */
final class FirestoreFailures {
  /** The retry delay after an exceeded quota, if the service sends none. */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

  private FirestoreFailures() {}

  /** The failure of an action, with advice to an operator. */
  static TransientFailure of(String action, Throwable failure) {
    Status.Code code = code(failure);
    String advice =
        switch (code) {
          case NOT_FOUND ->
              " (create the database in Firestore's native mode, or correct FIRESTORE_DATABASE or"
                  + " GOOGLE_CLOUD_PROJECT)";
          case FAILED_PRECONDITION -> " (create the indexes of firestore.indexes.json)";
          case PERMISSION_DENIED, UNAUTHENTICATED ->
              " (give the function's service account roles/datastore.user, and enable the Firestore"
                  + " API)";
          case RESOURCE_EXHAUSTED -> " (over a quota of Firestore)";
          default -> "";
        };
    String message = "Firestore: cannot " + action + ": " + failure.getMessage() + advice;
    if (code != Status.Code.RESOURCE_EXHAUSTED) {
      return new TransientFailure(message, failure);
    }
    TransientFailure later = new TransientFailure(message, retryAfter(failure));
    later.initCause(failure);
    return later;
  }

  /**
   * Whether a precondition of a write failed. A commit that the client retries after a lost
   * response fails in the same way. ABORTED is contention. NOT_FOUND means that a document with an
   * expected version was deleted, or that the database does not exist.
   */
  static boolean isConflict(TransientFailure failure, boolean expectsVersions) {
    Throwable cause = failure.getCause();
    return cause != null
        && switch (code(cause)) {
          case ALREADY_EXISTS, FAILED_PRECONDITION, ABORTED -> true;
          case NOT_FOUND -> expectsVersions;
          default -> false;
        };
  }

  private static Status.Code code(Throwable failure) {
    if (failure instanceof FirestoreException known && known.getStatus() != null) {
      return known.getStatus().getCode();
    }
    return failure instanceof ApiException api
        ? Status.Code.valueOf(api.getStatusCode().getCode().name())
        : Status.fromThrowable(failure).getCode();
  }

  private static Duration retryAfter(Throwable failure) {
    RetryInfo advice = retryInfo(failure);
    return advice == null
        ? RETRY_AFTER
        : Duration.ofSeconds(
            advice.getRetryDelay().getSeconds(), advice.getRetryDelay().getNanos());
  }

  private static @Nullable RetryInfo retryInfo(@Nullable Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ApiException api) {
        ErrorDetails details = api.getErrorDetails();
        return details == null ? null : details.getRetryInfo();
      }
    }
    return null;
  }
}
