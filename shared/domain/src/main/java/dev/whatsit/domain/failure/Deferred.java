package dev.whatsit.domain.failure;

import java.time.Duration;

/**
 * Something that must wait for a while that is too long for redelivery: a quota is used up, a
 * ceiling of spending is reached, a service is out of order. The try did not count and cost
 * nothing. The message is for operators.
 */
public class Deferred extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;
  private final Duration wait;

  /**
   * A failure that names its reason.
   *
   * @param reason stable upper-case word that is kept in the record
   * @param message for operators
   * @param wait how long until it makes sense to try again, more than zero
   */
  public Deferred(String reason, String message, Duration wait, Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.wait = requirePositive(wait);
  }

  /** The same without a cause. */
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

  /** The stable upper-case word that is kept in the record. */
  public String reason() {
    return reason;
  }

  /** How long until it makes sense to try again, more than zero. */
  public Duration retryAfter() {
    return wait;
  }
}
