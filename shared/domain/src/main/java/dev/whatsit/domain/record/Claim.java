package dev.whatsit.domain.record;

import dev.whatsit.domain.queue.WorkMessage;
import java.time.Instant;

/**
 * A request of one classify call to claim an image's work.
 *
 * @param message the work message; it has all that is needed to create a missing record
 * @param messageId the queue's id of that message; distinguishes a redelivery of the same message
 *     from another message about the same image
 * @param token fencing token, new for every call and never reused: only the claim with the newest
 *     token may finish
 * @param now when the claim is made
 * @param leaseUntil end of the lease, before which no other claim is granted; after {@code now}
 */
public record Claim(
    WorkMessage message, String messageId, String token, Instant now, Instant leaseUntil) {
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
