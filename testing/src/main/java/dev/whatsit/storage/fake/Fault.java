package dev.whatsit.storage.fake;

/**
 * The fault of one request.
 *
 * @param kind what goes wrong
 * @param status the HTTP status for {@link Kind#STATUS}, else 0
 * @param retryAfterSeconds the value of its Retry-After header, 0 for none
 */
public record Fault(Kind kind, int status, int retryAfterSeconds) {
  /** What goes wrong. */
  public enum Kind {
    /** Nothing. */
    NONE,
    /** The request is not executed, and the response is an error. */
    STATUS,
    /** The request is not executed, and the connection is closed without a response. */
    DROP_BEFORE,
    /** The request is executed, and the connection is closed without a response. */
    DROP_AFTER,
    /** The request is not executed, its body is not read, and no response ever comes. */
    HANG_BEFORE,
    /** The request is executed, and no response ever comes. */
    HANG_AFTER,
    /** One byte of an upload is changed; the second half of a download is missing. */
    DAMAGE
  }

  /** Nothing goes wrong. */
  public static final Fault NONE = of(Kind.NONE);

  /** A fault that needs no status. */
  public static Fault of(Kind kind) {
    return new Fault(kind, 0, 0);
  }

  /** An error response with this status, from 400. */
  public static Fault status(int status) {
    return new Fault(Kind.STATUS, status, 0);
  }

  /** A 503 response with Retry-After. */
  public static Fault busy(int retryAfterSeconds) {
    return new Fault(Kind.STATUS, 503, retryAfterSeconds);
  }
}
