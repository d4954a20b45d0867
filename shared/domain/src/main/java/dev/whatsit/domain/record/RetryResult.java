package dev.whatsit.domain.record;

/** The result of a retry request. Each record is the one after the call. */
public sealed interface RetryResult {
  /** The result when {@link ImageRecord#retried} returns no next run. */
  static RetryResult refused(ImageRecord record) {
    return record.status().isFinal() ? new OutOfRuns(record) : new UnderWay(record);
  }

  /**
   * The next run has begun, by this call or by a concurrent one: {@code pending}, or a later state.
   */
  record Started(ImageRecord record) implements RetryResult {}

  /** The work is still in progress; nothing was written. */
  record UnderWay(ImageRecord record) implements RetryResult {}

  /** The work has ended and the run number is at its maximum; nothing was written. */
  record OutOfRuns(ImageRecord record) implements RetryResult {}

  /** The record does not exist or has expired. */
  record Absent() implements RetryResult {}
}
