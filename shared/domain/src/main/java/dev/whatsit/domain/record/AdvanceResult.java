package dev.whatsit.domain.record;

/** What asking for scheduled work to start earlier comes to. */
public sealed interface AdvanceResult {
  /**
   * It starts earlier, by this call.
   *
   * @param record as it now stands: {@code scheduled} for then, or {@code pending}
   */
  record Advanced(ImageRecord record) implements AdvanceResult {}

  /**
   * It is not scheduled any more, or due by then anyway; nothing was written.
   *
   * @param record as it stands
   */
  record Unchanged(ImageRecord record) implements AdvanceResult {}

  /** There is no such record, or it has expired. */
  record Absent() implements AdvanceResult {}
}
