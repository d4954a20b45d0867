package dev.whatsit.domain.callback;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a claimed callback comes to. */
public sealed interface AttemptOutcome {
  /** The try that was made, or null when none was. */
  @Nullable CallbackAttempt attempt();

  /**
   * It is over: received, stopped or given up.
   *
   * @param status a settled one
   * @param attempt the last one
   * @param expireAt from when on the callback counts as absent, or null for never
   */
  record Settled(CallbackStatus status, CallbackAttempt attempt, @Nullable Instant expireAt)
      implements AttemptOutcome {
    /**
     * Checks the status.
     *
     * @throws IllegalArgumentException if it is not settled
     */
    public Settled {
      if (!status.isSettled()) {
        throw new IllegalArgumentException("not settled: " + status);
      }
    }

    /** That is kept for good. */
    public Settled(CallbackStatus status, CallbackAttempt attempt) {
      this(status, attempt, null);
    }
  }

  /**
   * It is to be tried again.
   *
   * @param dueAt when
   * @param checkAt when a sweep is to see whether it was; not before {@code dueAt}
   * @param attempt the one that failed, or null when none was made, which then does not count
   */
  record Again(Instant dueAt, Instant checkAt, @Nullable CallbackAttempt attempt)
      implements AttemptOutcome {
    /**
     * Checks the order.
     *
     * @throws IllegalArgumentException if the check comes before it is due
     */
    public Again {
      if (checkAt.isBefore(dueAt)) {
        throw new IllegalArgumentException("checkAt " + checkAt + " is before dueAt " + dueAt);
      }
    }
  }
}
