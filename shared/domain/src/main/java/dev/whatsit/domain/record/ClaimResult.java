package dev.whatsit.domain.record;

import dev.whatsit.domain.document.Snapshot;
import java.time.Instant;

/** The result of a claim. Each kind requires a different reaction to the message (ack or nack). */
public sealed interface ClaimResult {
  /**
   * The caller holds the work until the lease ends. The attempt is counted in the record.
   *
   * @param claimed the record after the claim: {@code processing}, with the caller's token. The
   *     result of the work is written on the condition of this version, without another read.
   */
  record Granted(Snapshot<ImageRecord> claimed) implements ClaimResult {
    public ImageRecord record() {
      return claimed.get();
    }
  }

  /** The work has already ended. */
  record Finished(ImageRecord record) implements ClaimResult {}

  /**
   * Another claim holds the work until its lease ends. No attempt is counted.
   *
   * @param bySameMessage true when the claim is of the same message, which must then be nacked for
   *     redelivery; false when it is of another message, which then carries the work
   */
  record HeldUntil(Instant until, boolean bySameMessage) implements ClaimResult {}

  /** The work must not start before {@code dueAt}. */
  record NotDue(Instant dueAt) implements ClaimResult {}

  /** The message belongs to an older run than the record's. */
  record Outdated(int currentRun) implements ClaimResult {}

  /** Cancellation had been requested; the claim made the record {@code canceled}. */
  record CancelRequested(ImageRecord record) implements ClaimResult {}
}
