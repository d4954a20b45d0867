package dev.whatsit.domain.callback;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The result of a claimed callback. */
public sealed interface AttemptOutcome {
  /** The delivery attempt, or null when none was made. */
  @Nullable CallbackAttempt attempt();

  /**
   * The callback is settled: delivered, stopped or failed.
   *
   * @param status a settled status
   * @param attempt the last attempt
   * @param expireAt from this instant on the callback counts as absent; null for never
   */
  record Settled(CallbackStatus status, CallbackAttempt attempt, @Nullable Instant expireAt)
      implements AttemptOutcome {
    public Settled {
      if (!status.isSettled()) {
        throw new IllegalArgumentException("not settled: " + status);
      }
    }

    /** A settled callback that never expires. */
    public Settled(CallbackStatus status, CallbackAttempt attempt) {
      this(status, attempt, null);
    }
  }

  /**
   * The callback is to be retried.
   *
   * @param dueAt when the retry is due
   * @param checkAt when the callback counts as stalled unless it was retried; not before {@code
   *     dueAt}
   * @param attempt the failed attempt, or null when none was made; then no try is counted
   */
  record Again(Instant dueAt, Instant checkAt, @Nullable CallbackAttempt attempt)
      implements AttemptOutcome {
    public Again {
      if (checkAt.isBefore(dueAt)) {
        throw new IllegalArgumentException("checkAt " + checkAt + " is before dueAt " + dueAt);
      }
    }
  }
}
