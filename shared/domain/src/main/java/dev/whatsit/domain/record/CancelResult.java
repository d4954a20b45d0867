package dev.whatsit.domain.record;

/** The result of a cancel request. */
public sealed interface CancelResult {
  /**
   * The work was canceled, by this call or by a concurrent one.
   *
   * @param record the record after the call: {@code canceled}, or a later run that has begun since
   */
  record Canceled(ImageRecord record) implements CancelResult {}

  /**
   * A claim holds the work. If that claim finishes the work, its result is kept; otherwise the work
   * becomes {@code canceled}.
   *
   * @param record the record after the call: {@code processing}, with {@code cancelRequested}
   */
  record Requested(ImageRecord record) implements CancelResult {}

  /**
   * The work had already ended; nothing was written.
   *
   * @param record the current record
   */
  record AlreadyFinal(ImageRecord record) implements CancelResult {}

  /** The record does not exist or has expired. */
  record Absent() implements CancelResult {}
}
