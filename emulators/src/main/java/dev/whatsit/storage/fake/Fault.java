package dev.whatsit.storage.fake;

/**
 * What goes wrong with one request.
 *
 * @param kind how it goes wrong
 * @param status the HTTP status for {@link Kind#STATUS}, else 0
 * @param retryAfterSeconds what the header Retry-After says with it, 0 for no such header
 */
public record Fault(Kind kind, int status, int retryAfterSeconds) {
  /** How a request goes wrong. */
  public enum Kind {
    /** Not at all. */
    NONE,
    /** Nothing is done, and the answer is an error. */
    STATUS,
    /** Nothing is done, and the connection ends without an answer. */
    DROP_BEFORE,
    /** The work is done, and the connection ends without an answer. */
    DROP_AFTER,
    /** The body is not even read, and no answer ever comes. */
    HANG_BEFORE,
    /** The work is done, and no answer ever comes. */
    HANG_AFTER,
    /** One byte of what is uploaded arrives changed; of what is read, the last ones are missing. */
    DAMAGE
  }

  /** Nothing goes wrong. */
  public static final Fault NONE = of(Kind.NONE);

  /** A fault that needs no status. */
  public static Fault of(Kind kind) {
    return new Fault(kind, 0, 0);
  }

  /** An answer with this status, from 400. */
  public static Fault status(int status) {
    return new Fault(Kind.STATUS, status, 0);
  }

  /** The answer of a service that says when to come back. */
  public static Fault busy(int retryAfterSeconds) {
    return new Fault(Kind.STATUS, 503, retryAfterSeconds);
  }
}
