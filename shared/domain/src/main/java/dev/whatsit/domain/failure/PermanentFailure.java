package dev.whatsit.domain.failure;

import org.jspecify.annotations.Nullable;

/**
 * Something that will fail the same way each time: a picture that no decoder reads, an object that
 * is gone. Never tried again by itself.
 */
public class PermanentFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;
  private final boolean retryable;

  /**
   * A failure as it will be shown to clients.
   *
   * @param code stable upper-case word for programs
   * @param detail one sentence for people, with no internal name in it
   * @param retryable whether asking for a retry by hand can make sense
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

  /** Whether asking for a retry by hand can make sense. */
  public boolean retryable() {
    return retryable;
  }
}
