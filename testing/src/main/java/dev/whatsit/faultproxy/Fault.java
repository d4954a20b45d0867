package dev.whatsit.faultproxy;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import com.google.rpc.Code;
import com.google.rpc.Status;
import java.time.Duration;

/**
 * The fault of one remote call.
 *
 * @param kind what goes wrong
 * @param status the status that the caller gets for {@link Kind#REFUSE} and {@link
 *     Kind#LOSE_RESPONSE}, with optional details; else OK
 * @param delay of the response for {@link Kind#DELAY}; else zero
 * @param response the encoded message for {@link Kind#RESPOND}; else empty
 */
public record Fault(Kind kind, Status status, Duration delay, ByteString response) {
  /** What goes wrong. */
  public enum Kind {
    /** Nothing. */
    NONE,
    /** The service never receives the call; the caller gets the status. */
    REFUSE,
    /** The service executes the call; the caller gets the status instead of the response. */
    LOSE_RESPONSE,
    /** The service never receives the call, and no response ever comes. */
    HANG_BEFORE,
    /** The service executes the call, and no response ever comes. */
    HANG_AFTER,
    /** The service never receives the call, and the connection is closed. */
    DROP_BEFORE,
    /** The service executes the call, and the connection is closed without a response. */
    DROP_AFTER,
    /** The service executes the call, and the response is delayed. */
    DELAY,
    /** The service executes the call twice in a row; the caller gets the second response. */
    DUPLICATE,
    /** The service never receives the call; the caller gets the given message with status OK. */
    RESPOND
  }

  /** Passes the call and its response. */
  public static final Fault NONE = of(Kind.NONE);

  /** A fault that needs neither status, delay nor response. */
  public static Fault of(Kind kind) {
    return new Fault(kind, Status.getDefaultInstance(), Duration.ZERO, ByteString.EMPTY);
  }

  /** {@link Kind#REFUSE} with this code. */
  public static Fault refuse(Code code) {
    return refuse(status(code));
  }

  /** {@link Kind#REFUSE} with this status, for example with a {@code RetryInfo} in its details. */
  public static Fault refuse(Status status) {
    return new Fault(Kind.REFUSE, status, Duration.ZERO, ByteString.EMPTY);
  }

  /** {@link Kind#LOSE_RESPONSE} with this code. */
  public static Fault loseResponse(Code code) {
    return new Fault(Kind.LOSE_RESPONSE, status(code), Duration.ZERO, ByteString.EMPTY);
  }

  /** {@link Kind#DELAY} by this time. */
  public static Fault delay(Duration delay) {
    return new Fault(Kind.DELAY, Status.getDefaultInstance(), delay, ByteString.EMPTY);
  }

  /** {@link Kind#RESPOND} with this message. */
  public static Fault respond(MessageLite response) {
    return new Fault(
        Kind.RESPOND, Status.getDefaultInstance(), Duration.ZERO, response.toByteString());
  }

  private static Status status(Code code) {
    return Status.newBuilder()
        .setCode(code.getNumber())
        .setMessage("injected by the proxy")
        .build();
  }

  @Override
  public String toString() {
    return switch (kind) {
      case REFUSE, LOSE_RESPONSE -> kind + "(" + Code.forNumber(status.getCode()) + ")";
      case DELAY -> kind + "(" + delay.toMillis() + " ms)";
      default -> kind.toString();
    };
  }
}
