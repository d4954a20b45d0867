package dev.whatsit.domain.record;

/** What asking to cancel an image's work comes to. */
public sealed interface CancelResult {
  /**
   * The work was canceled, by this call or by another one at the same moment.
   *
   * @param record as it now stands: {@code canceled}, or a later run that somebody has begun since
   */
  record Canceled(ImageRecord record) implements CancelResult {}

  /**
   * Somebody is working on it: it ends {@code canceled} if it is begun anew, and else keeps its
   * result.
   *
   * @param record as it now stands: {@code processing}, with {@code cancelRequested}
   */
  record Requested(ImageRecord record) implements CancelResult {}

  /**
   * The work had ended before; nothing was written.
   *
   * @param record as it stands
   */
  record AlreadyFinal(ImageRecord record) implements CancelResult {}

  /** There is no such record, or it has expired. */
  record Absent() implements CancelResult {}
}
