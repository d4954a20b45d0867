package dev.whatsit.domain.record;

/** What asking for another run comes to. */
public sealed interface RetryResult {
  /**
   * The next run has begun.
   *
   * @param record as it now stands: {@code pending}
   */
  record Started(ImageRecord record) implements RetryResult {}

  /**
   * The work is still under way; nothing was written.
   *
   * @param record as it stands
   */
  record UnderWay(ImageRecord record) implements RetryResult {}

  /** There is no such record, or it has expired. */
  record Absent() implements RetryResult {}
}
