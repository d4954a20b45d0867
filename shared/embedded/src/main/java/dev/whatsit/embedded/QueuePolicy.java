package dev.whatsit.embedded;

import dev.whatsit.domain.failure.Backoff;
import java.time.Duration;

/**
 * Backoff and delivery limit of the queue.
 *
 * @param backoff how long a message is hidden after a failed delivery
 * @param limit the number of counted deliveries after which a message is exhausted; at least 1
 */
public record QueuePolicy(Backoff backoff, int limit) {
  /** Backoff from one second to ten minutes, 100 deliveries. */
  public static final QueuePolicy DEFAULT =
      new QueuePolicy(new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(10)), 100);
}
