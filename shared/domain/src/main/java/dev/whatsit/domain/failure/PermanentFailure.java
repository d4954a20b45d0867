package dev.whatsit.domain.failure;

import org.jspecify.annotations.Nullable;

/**
 * A failure that a retry does not fix: a picture that no decoder can read, an object that no longer
 * exists. Never retried automatically.
 */
public class PermanentFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;
  private final boolean retryable;

  /**
   * A failure as shown to clients.
   *
   * @param code stable upper-case word for programs
   * @param detail one sentence for people, with no internal name in it
   * @param retryable whether a retry requested by a client may succeed
   */
  public PermanentFailure(
      String code, String detail, boolean retryable, @Nullable Throwable cause) {
    super(detail, cause);
    this.code = code;
    this.retryable = retryable;
  }

  /** The stable upper-case word for programs. */
  public String code() {
    return code;
  }

  /** One sentence for people. */
  public String detail() {
    String message = getMessage();
    return message == null ? code : message;
  }

  /** Whether a retry requested by a client may succeed. */
  public boolean retryable() {
    return retryable;
  }
}
