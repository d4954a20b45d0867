package dev.whatsit.embedded;

import dev.whatsit.domain.failure.TransientFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The end of a queue that a receiver takes from: at least once, in the order in which messages come
 * due. What was received is hidden from others for a while; whoever has not acknowledged it by then
 * may find that somebody else received it.
 *
 * <p>Safe for use by several threads and processes. Every method throws {@link TransientFailure}
 * when it is not known whether it was done.
 */
public interface Subscription {
  /**
   * Takes what is due, the longest due first, and hides it from others.
   *
   * @param max how many at most; at least 1
   * @param visibility how long it is hidden; more than zero
   * @return none to {@code max} deliveries
   */
  List<Delivery> receive(int max, Duration visibility, Instant now);

  /**
   * Ends what was delivered: it does not come again.
   *
   * @return false when the receipt is outdated, and there is a newer delivery or none any more
   */
  boolean acknowledge(Delivery delivery);

  /** Gives a delivery back after a failure, to come again after a while that grows. */
  Retried retry(Delivery delivery, Instant now);

  /**
   * Gives a delivery back because it cannot be worked on yet. The delivery does not count. Does
   * nothing when the receipt is outdated.
   *
   * @param until when it comes again
   */
  void defer(Delivery delivery, Instant until);

  /**
   * When the first of all becomes visible, or became so, or will when its receiver does not
   * acknowledge it; empty when there is none at all.
   */
  Optional<Instant> nextVisibleAt();

  /** Counts the messages; it looks at each entry of an index, so it is not for every request. */
  QueueDepth depth(Instant now);

  /**
   * Asks to be told when this object has put something in, once it is committed.
   *
   * @param listener quick and without failure: it runs in the publisher's thread
   */
  void onPublish(Runnable listener);
}
