package dev.whatsit.domain.record;

import java.util.Optional;

/** What asking for scheduled work to start earlier comes to. */
public sealed interface AdvanceResult {
  /**
   * It starts earlier, by this call or by an earlier one with the same token.
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

  /**
   * The answer for a store that has written what {@link ImageRecord#advanced} gave, or had nothing
   * to write.
   *
   * @param current the unexpired record as it was read
   * @param written the record as it was written, or empty when there was nothing to write
   * @param token the caller's
   */
  static AdvanceResult of(ImageRecord current, Optional<ImageRecord> written, String token) {
    ImageRecord record = written.orElse(current);
    return written.isPresent() || record.wasAdvancedWith(token)
        ? new Advanced(record)
        : new Unchanged(record);
  }
}
