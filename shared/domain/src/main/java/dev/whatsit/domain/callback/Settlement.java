package dev.whatsit.domain.callback;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a claimed callback comes to. */
public sealed interface Settlement {
  /**
   * It is over: received, stopped or given up.
   *
   * @param status a settled one
   * @param attempt the last one
   */
  record Settled(CallbackStatus status, CallbackAttempt attempt) implements Settlement {
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
  }

  /**
   * It is to be tried again.
   *
   * @param dueAt when
   * @param checkAt when a sweep is to see whether it was; not before {@code dueAt}
   * @param attempt the one that failed, or null when none was made, which then does not count
   */
  record Again(Instant dueAt, Instant checkAt, @Nullable CallbackAttempt attempt)
      implements Settlement {
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
