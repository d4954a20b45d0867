package dev.whatsit.domain.record;

/** What finishing or releasing a claim comes to. */
public sealed interface FinishResult {
  /**
   * The write was made by this call, or by an earlier one of the same claim whose answer was lost.
   *
   * @param record as it now stands
   */
  record Written(ImageRecord record) implements FinishResult {}

  /** A newer claim holds the work, or the record is gone: nothing was written. */
  record Superseded() implements FinishResult {}
}
