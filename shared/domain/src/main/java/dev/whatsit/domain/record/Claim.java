package dev.whatsit.domain.record;

import dev.whatsit.domain.queue.WorkMessage;
import java.time.Instant;

/**
 * One classify call's wish to work on an image.
 *
 * @param message what it was asked to do; enough to create the record when there is none
 * @param messageId the queue's id of that message: tells a second delivery of the same message from
 *     another message about the same image
 * @param token fencing token, new for every call and never reused: only who holds the newest one
 *     may finish
 * @param now when the claim is made
 * @param leaseUntil until when nobody else may claim; after {@code now}
 */
public record Claim(
    WorkMessage message, String messageId, String token, Instant now, Instant leaseUntil) {
  /**
   * Checks that the lease lies ahead and that the names are there.
   *
   * @throws IllegalArgumentException naming the value that is wrong
   */
  public Claim {
    if (!leaseUntil.isAfter(now)) {
      throw new IllegalArgumentException("leaseUntil " + leaseUntil + " is not after " + now);
    }
    if (messageId.isBlank()) {
      throw new IllegalArgumentException("messageId must not be blank");
    }
    if (token.isBlank()) {
      throw new IllegalArgumentException("token must not be blank");
    }
  }
}
