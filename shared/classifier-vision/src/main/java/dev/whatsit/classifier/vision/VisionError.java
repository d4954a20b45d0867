package dev.whatsit.classifier.vision;

import com.google.auth.Retryable;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.rest.Refusal;
import dev.whatsit.rest.UnreadableAnswer;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Why there is no answer: to a whole request, or on an image in an answer that is fine. */
final class VisionError extends Exception {
  private static final long serialVersionUID = 1L;

  private final Code code;
  private final @Nullable Duration retryAfter;

  /**
   * The canonical codes, in the order of their numbers.
   *
   * @see <a
   *     href="https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto">google.rpc.Code</a>
   */
  enum Code {
    OK,
    CANCELLED,
    UNKNOWN,
    INVALID_ARGUMENT,
    DEADLINE_EXCEEDED,
    NOT_FOUND,
    ALREADY_EXISTS,
    PERMISSION_DENIED,
    RESOURCE_EXHAUSTED,
    FAILED_PRECONDITION,
    ABORTED,
    OUT_OF_RANGE,
    UNIMPLEMENTED,
    INTERNAL,
    UNAVAILABLE,
    DATA_LOSS,
    UNAUTHENTICATED;

    private static Code ofNumber(double number) {
      return number >= 0 && number < values().length ? values()[(int) number] : UNKNOWN;
    }

    /** By the name in the answer; by its HTTP status, where it comes from something between. */
    private static Code of(Refusal refusal) {
      for (Code code : values()) {
        if (code.name().equals(refusal.code())) {
          return code;
        }
      }
      return switch (refusal.httpStatus()) {
        case 401 -> UNAUTHENTICATED;
        case 403 -> PERMISSION_DENIED;
        case 429 -> RESOURCE_EXHAUSTED;
        case 502, 503, 504 -> UNAVAILABLE;
        default -> UNKNOWN;
      };
    }
  }

  private VisionError(
      Code code, String said, @Nullable Duration retryAfter, @Nullable Throwable cause) {
    super(said, cause);
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** The error on an image, a {@code google.rpc.Status}. */
  static VisionError onImage(ProtoJson status) {
    Code code = Code.ofNumber(status.number("code"));
    return new VisionError(code, code + ": " + status.text("message"), null, null);
  }

  /**
   * Why a call came to nothing.
   *
   * @param outOfTime whether it was ended for its deadline
   * @throws TransientFailure the same, when nothing was sent
   */
  static VisionError ofCall(TransientFailure failure, boolean outOfTime) {
    Throwable cause = failure.getCause();
    if (cause == null) {
      throw failure;
    }
    if (cause instanceof Refusal refusal) {
      return new VisionError(
          Code.of(refusal),
          String.valueOf(refusal.getMessage()),
          refusal.retryAfter().orElse(null),
          refusal);
    }
    Code code = Code.UNAVAILABLE;
    if (cause instanceof UnreadableAnswer) {
      code = Code.INTERNAL;
    } else if (cause instanceof Retryable token && !token.isRetryable()) {
      // There was none for these credentials.
      code = Code.UNAUTHENTICATED;
    } else if (outOfTime) {
      code = Code.DEADLINE_EXCEEDED;
    }
    return new VisionError(code, code + ": " + cause, null, cause);
  }

  Code code() {
    return code;
  }

  /** What this says. */
  String said() {
    return String.valueOf(getMessage());
  }

  /** What the service asks for. */
  Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
