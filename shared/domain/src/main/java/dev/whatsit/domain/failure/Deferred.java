package dev.whatsit.domain.failure;

import java.time.Duration;

/**
 * A failure after which the work must be deferred for longer than redelivery allows: a quota is
 * exhausted, a spending limit is reached, or a service is unavailable. The attempt is not counted
 * and cost nothing. The message is for operators.
 */
public class Deferred extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;
  private final Duration wait;

  /**
   * A failure that names its reason.
   *
   * @param reason stable upper-case word that is stored in the record
   * @param message for operators
   * @param wait time until a retry makes sense, more than zero
   */
  public Deferred(String reason, String message, Duration wait, Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.wait = requirePositive(wait);
  }

  /** As above, without a cause. */
  public Deferred(String reason, String message, Duration wait) {
    super(message);
    this.reason = reason;
    this.wait = requirePositive(wait);
  }

  private static Duration requirePositive(Duration wait) {
    if (wait.isZero() || wait.isNegative()) {
      throw new IllegalArgumentException("wait must be more than zero: " + wait);
    }
    return wait;
  }

  /** The stable upper-case word that is stored in the record. */
  public String reason() {
    return reason;
  }

  /** The time until a retry makes sense, more than zero. */
  public Duration retryAfter() {
    return wait;
  }
}
