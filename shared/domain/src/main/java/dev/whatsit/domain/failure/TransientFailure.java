package dev.whatsit.domain.failure;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Something that may well work when it is tried again: a service that cannot be reached, a full
 * budget, a time-out. The message names the action and the key and is for operators, never for
 * clients.
 */
public class TransientFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final @Nullable Duration retryAfter;

  /** A failure with no advice on when to come back. */
  public TransientFailure(String message) {
    super(message);
    this.retryAfter = null;
  }

  /** A failure with its cause. */
  public TransientFailure(String message, Throwable cause) {
    super(message, cause);
    this.retryAfter = null;
  }

  /** A failure that says when it makes sense to come back. */
  public TransientFailure(String message, Duration retryAfter) {
    super(message);
    this.retryAfter = retryAfter;
  }

  /** How long to wait at least, when that is known. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
