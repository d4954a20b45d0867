package dev.whatsit.transcoding;

import com.google.rpc.Code;

/** Has a call answered with an error. */
public final class CallRefused extends Exception {
  private static final long serialVersionUID = 1L;

  private final Code code;

  /**
   * A refusal.
   *
   * @param said about it
   */
  public CallRefused(Code code, String said) {
    super(said);
    this.code = code;
  }

  /** Of which kind it is. */
  public Code code() {
    return code;
  }

  /** The status that comes with it, as the comments of {@code google/rpc/code.proto} have it. */
  int httpStatus() {
    return switch (code) {
      case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
      case UNAUTHENTICATED -> 401;
      case PERMISSION_DENIED -> 403;
      case NOT_FOUND -> 404;
      case ALREADY_EXISTS, ABORTED -> 409;
      case RESOURCE_EXHAUSTED -> 429;
      case CANCELLED -> 499;
      case UNIMPLEMENTED -> 501;
      case UNAVAILABLE -> 503;
      case DEADLINE_EXCEEDED -> 504;
      default -> 500;
    };
  }
}
