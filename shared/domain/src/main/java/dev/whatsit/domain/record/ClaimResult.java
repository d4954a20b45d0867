package dev.whatsit.domain.record;

import dev.whatsit.domain.document.Snapshot;
import java.time.Instant;

/**
 * What a claim comes to. A caller must tell these apart: each asks for another answer to the queue.
 */
public sealed interface ClaimResult {
  /**
   * The work is the caller's until the lease ends. The attempt is counted in the record.
   *
   * @param claimed the record as it now stands: {@code processing}, with the caller's token. The
   *     end of the work is written over it without another read.
   */
  record Granted(Snapshot<ImageRecord> claimed) implements ClaimResult {
    /** The claimed record. */
    public ImageRecord record() {
      return claimed.get();
    }
  }

  /**
   * There is nothing left to do.
   *
   * @param record the final record
   */
  record Finished(ImageRecord record) implements ClaimResult {}

  /**
   * Somebody works on it under a live lease. No attempt is counted.
   *
   * @param until when the lease ends
   * @param bySameMessage true when the same message holds it, which must then come again; false
   *     when another message does, which then carries the work alone
   */
  record HeldUntil(Instant until, boolean bySameMessage) implements ClaimResult {}

  /**
   * The work must not start yet.
   *
   * @param dueAt when it may
   */
  record NotDue(Instant dueAt) implements ClaimResult {}

  /**
   * The message belongs to an older run.
   *
   * @param currentRun the record's run
   */
  record Outdated(int currentRun) implements ClaimResult {}

  /**
   * Somebody had asked to cancel; the claim made the record {@code canceled}.
   *
   * @param record the final record
   */
  record CancelRequested(ImageRecord record) implements ClaimResult {}
}
