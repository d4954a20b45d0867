package dev.whatsit.outbound;

import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Why a request to a URL from an untrusted client was not made, or did not return the wanted
 * response. The message may be shown to that client: it contains no looked-up address.
 */
public final class OutboundFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;
  private final int status;
  private final boolean responded;

  /** The kinds of failure that a caller may have to tell apart. */
  public enum Reason {
    /** The URL is malformed. */
    INVALID,
    /** The scheme, the port or an address is not allowed. */
    FORBIDDEN,
    /** The name is unknown, no server listens, TLS fails, or the response is broken. */
    UNREACHABLE,
    /** The response was not complete when the time was up. */
    TIMEOUT,
    /** Redirected too often, to an invalid URL, or from https to http. */
    REDIRECT,
    /** The response has a status other than the wanted one. */
    STATUS,
    /** The response is compressed although that was not requested. */
    ENCODED
  }

  OutboundFailure(Reason reason, String detail, @Nullable Throwable cause) {
    super(detail, cause);
    this.reason = reason;
    this.status = 0;
    this.responded = false;
  }

  OutboundFailure(Reason reason, String detail) {
    this(reason, detail, null);
  }

  /** {@link Reason#STATUS}. */
  OutboundFailure(int status) {
    super("The server answered with status " + status + ".");
    this.reason = Reason.STATUS;
    this.status = status;
    this.responded = true;
  }

  private OutboundFailure(OutboundFailure failure) {
    super(failure.getMessage(), failure);
    this.reason = failure.reason;
    this.status = failure.status;
    this.responded = true;
  }

  /** The same failure, after the server has responded. */
  OutboundFailure afterResponse() {
    return responded ? this : new OutboundFailure(this);
  }

  /** The kind of failure. */
  public Reason reason() {
    return reason;
  }

  /** One sentence for people. */
  public String detail() {
    return Objects.requireNonNull(getMessage());
  }

  /** The response's status code, for {@link Reason#STATUS}. */
  public OptionalInt status() {
    return status == 0 ? OptionalInt.empty() : OptionalInt.of(status);
  }

  /**
   * Whether the named server responded: a complete header was received from it, even if only that
   * of a redirect. What followed may have broken off, been too slow, or come from another server.
   */
  public boolean hasResponse() {
    return responded;
  }
}
