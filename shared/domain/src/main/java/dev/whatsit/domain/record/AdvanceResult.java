package dev.whatsit.domain.record;

/**
 * The result of a request to start scheduled work earlier. Each record is the one after the call.
 */
public sealed interface AdvanceResult {
  /** The work starts earlier: {@code scheduled} with the new due time, or {@code pending}. */
  record Advanced(ImageRecord record) implements AdvanceResult {}

  /** The work is no longer scheduled, or is due by then already; nothing was written. */
  record Unchanged(ImageRecord record) implements AdvanceResult {}

  /** The record does not exist or has expired. */
  record Absent() implements AdvanceResult {}
}
