package dev.whatsit.domain.callback;

import dev.whatsit.domain.document.Snapshot;
import java.time.Instant;

/** The result of claiming a callback. */
public sealed interface CallbackClaimResult {
  /**
   * The caller holds the callback and delivers it.
   *
   * @param claimed the callback after the claim; the result is written on the condition of this
   *     version, without another read
   */
  record Granted(Snapshot<Callback> claimed) implements CallbackClaimResult {
    public Callback callback() {
      return claimed.get();
    }
  }

  /** Another claim holds the callback until its lease ends. */
  record HeldUntil(Instant until) implements CallbackClaimResult {}

  /** The callback is not due yet; its due time is in the store. */
  record NotDue(Instant dueAt) implements CallbackClaimResult {}

  /** There is nothing to deliver: the callback is settled, waiting for the work, or absent. */
  record NothingToDo() implements CallbackClaimResult {}
}
