package dev.whatsit.domain.record;

/** The result of a cancel request. Each record is the one after the call. */
public sealed interface CancelResult {
  /**
   * The work was canceled, by this call or by a concurrent one: {@code canceled}, or a later run
   * that has begun since.
   */
  record Canceled(ImageRecord record) implements CancelResult {}

  /**
   * A claim holds the work. If that claim finishes the work, its result is kept; otherwise the work
   * becomes {@code canceled}.
   */
  record Requested(ImageRecord record) implements CancelResult {}

  /** The work had already ended; nothing was written. */
  record AlreadyFinal(ImageRecord record) implements CancelResult {}

  /** The work has not ended, but the caller's condition does not hold; nothing was written. */
  record ConditionFailed(ImageRecord record) implements CancelResult {}

  /** The record does not exist or has expired. */
  record Absent() implements CancelResult {}
}
