package dev.whatsit.outbound;

import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Why a request to a stranger's address was not made, or did not give what was wanted. The message
 * may be shown to whoever named the address: no looked-up address is in it.
 */
public final class OutboundFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;
  private final int status;

  /** What a caller may have to tell apart. */
  public enum Reason {
    /** It is not a URL as it should be written. */
    INVALID,
    /** The scheme, the port, or an address is not one to connect to. */
    FORBIDDEN,
    /** The name is unknown, nobody listens, TLS fails, or the answer is broken. */
    UNREACHABLE,
    /** The time was up before all of the answer had come. */
    TIMEOUT,
    /** Redirected too often, to nowhere, or from TLS to none. */
    REDIRECT,
    /** Answered by a status other than the one that was wanted. */
    STATUS,
    /** The answer is compressed, which was not asked for. */
    ENCODED
  }

  OutboundFailure(Reason reason, String detail, @Nullable Throwable cause) {
    super(detail, cause);
    this.reason = reason;
    this.status = 0;
  }

  OutboundFailure(Reason reason, String detail) {
    this(reason, detail, null);
  }

  /** {@link Reason#STATUS}. */
  OutboundFailure(int status) {
    super("The server answered with status " + status + ".");
    this.reason = Reason.STATUS;
    this.status = status;
  }

  /** What happened. */
  public Reason reason() {
    return reason;
  }

  /** One sentence for people. */
  public String detail() {
    return Objects.requireNonNull(getMessage());
  }

  /** What the server answered, for {@link Reason#STATUS}. */
  public OptionalInt status() {
    return status == 0 ? OptionalInt.empty() : OptionalInt.of(status);
  }
}
