package dev.whatsit.firestore;

import dev.whatsit.rest.Refusal;

/**
 * Canonical codes, and the HTTP status that each comes with.
 *
 * @see <a
 *     href="https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto">google.rpc.Code</a>
 */
enum Code {
  CANCELLED(499),
  UNKNOWN(500),
  INVALID_ARGUMENT(400),
  DEADLINE_EXCEEDED(504),
  NOT_FOUND(404),
  PERMISSION_DENIED(403),
  UNAUTHENTICATED(401),
  RESOURCE_EXHAUSTED(429),
  FAILED_PRECONDITION(400),
  ABORTED(409),
  INTERNAL(500),
  UNAVAILABLE(503);

  private final int httpStatus;

  Code(int httpStatus) {
    this.httpStatus = httpStatus;
  }

  Refusal refusal() {
    return new Refusal(httpStatus, name(), "told to", null);
  }
}
