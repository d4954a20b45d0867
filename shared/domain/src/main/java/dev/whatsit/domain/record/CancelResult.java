package dev.whatsit.domain.record;

import java.util.Optional;

/** What asking to cancel an image's work comes to. */
public sealed interface CancelResult {
  /**
   * The work is over, by this call or by an earlier one with the same token.
   *
   * @param record as it now stands: {@code canceled}
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

  /**
   * The answer for a store that has written what {@link ImageRecord#canceled} gave, or had nothing
   * to write.
   *
   * @param current the unexpired record as it was read
   * @param written the record as it was written, or empty when there was nothing to write
   * @param token the caller's
   */
  static CancelResult of(ImageRecord current, Optional<ImageRecord> written, String token) {
    ImageRecord record = written.orElse(current);
    if (!record.status().isFinal()) {
      return new Requested(record);
    }
    return written.isPresent() || record.wasCanceledWith(token)
        ? new Canceled(record)
        : new AlreadyFinal(record);
  }
}
