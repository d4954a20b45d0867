package dev.whatsit.firestore;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.rest.Refusal;

/**
 * What the service's refusals mean. All are transient: one for want of a database, an index or a
 * permission ends when an operator mends it, and is never the image's fault.
 */
final class FirestoreFailures {
  private FirestoreFailures() {}

  /**
   * Whether a write's condition did not hold, which is also what a repeated write is told whose
   * first answer was lost. NOT_FOUND is said of a condition on a document that is gone.
   */
  static boolean isConflict(TransientFailure failure) {
    return failure.getCause() instanceof Refusal refusal
        && switch (refusal.code()) {
          case "ALREADY_EXISTS", "FAILED_PRECONDITION", "ABORTED", "NOT_FOUND" -> true;
          default -> false;
        };
  }

  /** What an operator can do. */
  static String advice(Refusal refusal) {
    return switch (refusal.code()) {
      case "NOT_FOUND" ->
          "create the database in Firestore's native mode, or mend FIRESTORE_DATABASE or"
              + " GOOGLE_CLOUD_PROJECT";
      case "FAILED_PRECONDITION" -> "create the indexes of firestore.indexes.json";
      case "PERMISSION_DENIED", "UNAUTHENTICATED" ->
          "give the function's service account roles/datastore.user, and enable the Firestore API";
      case "RESOURCE_EXHAUSTED" -> "over a quota of Firestore";
      default -> "";
    };
  }
}
