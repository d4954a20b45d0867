package dev.whatsit.domain.record;

/** The result of a request to start scheduled work earlier. */
public sealed interface AdvanceResult {
  /**
   * This call made the work start earlier.
   *
   * @param record the record after the call: {@code scheduled} with the new due time, or {@code
   *     pending}
   */
  record Advanced(ImageRecord record) implements AdvanceResult {}

  /**
   * The work is no longer scheduled, or is due by then already; nothing was written.
   *
   * @param record the current record
   */
  record Unchanged(ImageRecord record) implements AdvanceResult {}

  /** The record does not exist or has expired. */
  record Absent() implements AdvanceResult {}
}
