package dev.whatsit.rest;

import java.time.Duration;

/**
 * How long and how often a remote call is tried.
 *
 * @param whole all attempts together, pauses included
 * @param attempt one attempt, from looking for credentials until the answer is read
 * @param connect until a connection stands
 * @param pause before the second attempt; it doubles with each further one
 * @param attempts how many at most, at least 1
 */
public record RemoteLimits(
    Duration whole, Duration attempt, Duration connect, Duration pause, int attempts) {
  private static final Duration CONNECT = Duration.ofSeconds(3);
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final int ATTEMPTS = 4;

  /**
   * Those of small messages, within a deadline: three attempts may hang, and refusals that come
   * quickly are tried more often.
   */
  public static RemoteLimits ofSmallCalls(Duration whole) {
    return new RemoteLimits(whole, whole.dividedBy(3), Duration.ofSeconds(2), PAUSE, 6);
  }

  /** The usual ones, within a deadline: one attempt that hangs leaves time for another. */
  public static RemoteLimits within(Duration whole) {
    return new RemoteLimits(whole, whole.dividedBy(2), CONNECT, PAUSE, ATTEMPTS);
  }
}
