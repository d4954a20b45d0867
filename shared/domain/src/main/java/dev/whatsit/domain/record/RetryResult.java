package dev.whatsit.domain.record;

/** What asking for another run comes to. */
public sealed interface RetryResult {
  /** What it comes to when {@link ImageRecord#retried} says that there is no next run. */
  static RetryResult refused(ImageRecord record) {
    return record.status().isFinal() ? new OutOfRuns(record) : new UnderWay(record);
  }

  /**
   * The next run has begun, by this call or by another one at the same moment.
   *
   * @param record as it now stands: {@code pending}, or further on
   */
  record Started(ImageRecord record) implements RetryResult {}

  /**
   * The work is still under way; nothing was written.
   *
   * @param record as it stands
   */
  record UnderWay(ImageRecord record) implements RetryResult {}

  /**
   * The work has ended and its run is the last that can be counted; nothing was written.
   *
   * @param record as it stands
   */
  record OutOfRuns(ImageRecord record) implements RetryResult {}

  /** There is no such record, or it has expired. */
  record Absent() implements RetryResult {}
}
