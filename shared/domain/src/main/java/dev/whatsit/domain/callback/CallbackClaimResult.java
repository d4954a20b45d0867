package dev.whatsit.domain.callback;

import dev.whatsit.domain.document.Snapshot;
import java.time.Instant;

/** What claiming a callback comes to. */
public sealed interface CallbackClaimResult {
  /**
   * It is the caller's to tell.
   *
   * @param claimed the callback as it now stands; the end of the claim is written over it without
   *     another read
   */
  record Granted(Snapshot<Callback> claimed) implements CallbackClaimResult {
    /** The claimed callback. */
    public Callback callback() {
      return claimed.get();
    }
  }

  /**
   * Somebody else is telling it.
   *
   * @param until when the lease ends
   */
  record HeldUntil(Instant until) implements CallbackClaimResult {}

  /**
   * It is not due yet: what comes next stands in the store.
   *
   * @param dueAt when it will be
   */
  record NotDue(Instant dueAt) implements CallbackClaimResult {}

  /** There is nothing to tell: it was told, or given up, or waits for the work, or is gone. */
  record NothingToDo() implements CallbackClaimResult {}
}
