package dev.whatsit.domain.failure;

import java.time.Duration;

/** A limit that an operator has set is reached; nothing was changed. */
public final class LimitReached extends TransientFailure {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  /** What is full. */
  public enum Kind {
    /** The queue: too much work is waiting. */
    QUEUE,
    /** The storage: too many bytes are stored. */
    STORAGE
  }

  /** With the time after which the limit is looked at again. */
  public LimitReached(Kind kind, String message, Duration retryAfter) {
    super(message, retryAfter);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
