package dev.whatsit.domain.failure;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A failure that a retry may fix: an unreachable service, an exhausted budget, a timeout. The
 * message names the action and the key; it is for operators, never for clients.
 */
public class TransientFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final @Nullable Duration retryAfter;

  /** A failure without a cause and without a time to wait. */
  public TransientFailure(String message) {
    super(message);
    this.retryAfter = null;
  }

  public TransientFailure(String message, Throwable cause) {
    super(message, cause);
    this.retryAfter = null;
  }

  /** A failure with the minimum time to wait before a retry. */
  public TransientFailure(String message, Duration retryAfter) {
    super(message);
    this.retryAfter = retryAfter;
  }

  /** The minimum time to wait before a retry, if known. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
