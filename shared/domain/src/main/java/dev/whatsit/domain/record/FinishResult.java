package dev.whatsit.domain.record;

/** The result of finishing, releasing or deferring a claim. */
public sealed interface FinishResult {
  /** Written by this call, or by an earlier call of the same claim with a lost response. */
  record Written(ImageRecord record) implements FinishResult {}

  /** Nothing was written: the claim no longer holds the work, or the record is gone. */
  record Superseded() implements FinishResult {}
}
