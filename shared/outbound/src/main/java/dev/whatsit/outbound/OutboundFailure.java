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
  private final boolean answered;

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
    this.answered = false;
  }

  OutboundFailure(Reason reason, String detail) {
    this(reason, detail, null);
  }

  /** {@link Reason#STATUS}. */
  OutboundFailure(int status) {
    super("The server answered with status " + status + ".");
    this.reason = Reason.STATUS;
    this.status = status;
    this.answered = true;
  }

  private OutboundFailure(OutboundFailure failure) {
    super(failure.getMessage(), failure);
    this.reason = failure.reason;
    this.status = failure.status;
    this.answered = true;
  }

  /** The same, of a server that answered before. */
  OutboundFailure afterAnswer() {
    return answered ? this : new OutboundFailure(this);
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

  /**
   * Whether the server that was named answered: all of a header came from it, be it that of a
   * redirect. What came after may have broken off, or come too slowly, or from another server.
   */
  public boolean isAnswered() {
    return answered;
  }
}
