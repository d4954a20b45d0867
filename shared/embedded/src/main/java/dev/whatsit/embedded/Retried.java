package dev.whatsit.embedded;

import java.time.Instant;

/** What giving a delivery back for another try comes to. */
public sealed interface Retried {
  /**
   * It will be delivered again.
   *
   * @param at from when on
   */
  record Later(Instant at) implements Retried {}

  /**
   * It had been delivered as often as the policy allows and is among the dead letters.
   *
   * @param at since when
   */
  record DeadLettered(Instant at) implements Retried {}

  /**
   * It had been delivered as often as the policy allows, and is gone: the queue keeps no dead
   * letters.
   *
   * @param at since when
   */
  record Dropped(Instant at) implements Retried {}

  /** Another delivery holds the message, or it is gone: nothing was changed. */
  record Outdated() implements Retried {}
}
