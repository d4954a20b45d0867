package dev.whatsit.domain.callback;

import java.time.Instant;

/**
 * A request of one notify call to claim a callback.
 *
 * @param id the callback
 * @param token fencing token, new for every call and never reused
 * @param now when the claim is made
 * @param leaseUntil end of the lease, before which no other claim is granted; after {@code now}
 */
public record CallbackClaim(CallbackId id, String token, Instant now, Instant leaseUntil) {
  public CallbackClaim {
    if (!leaseUntil.isAfter(now)) {
      throw new IllegalArgumentException("leaseUntil " + leaseUntil + " is not after " + now);
    }
    if (token.isBlank()) {
      throw new IllegalArgumentException("token must not be blank");
    }
  }
}
