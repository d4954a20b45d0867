package dev.whatsit.embedded;

import java.time.Instant;

/** The result of {@link Subscription#retry}. */
public sealed interface Retried {
  /**
   * The message will be redelivered.
   *
   * @param at from when on
   */
  record Later(Instant at) implements Retried {}

  /**
   * The message reached the delivery limit and is now a dead letter.
   *
   * @param at since when
   */
  record DeadLettered(Instant at) implements Retried {}

  /**
   * The message reached the delivery limit and was dropped: its subscription keeps no dead letters.
   *
   * @param at since when
   */
  record Dropped(Instant at) implements Retried {}

  /**
   * The receipt is outdated: another delivery holds the message, or it no longer exists. Nothing
   * was changed.
   */
  record Outdated() implements Retried {}
}
