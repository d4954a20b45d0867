package dev.whatsit.domain.callback;

import java.time.Instant;

/**
 * One notifier's wish to tell somebody.
 *
 * @param id whom
 * @param token fencing token, new for every call and never reused
 * @param now when the claim is made
 * @param leaseUntil until when nobody else may claim; after {@code now}
 */
public record CallbackClaim(CallbackId id, String token, Instant now, Instant leaseUntil) {
  /**
   * Checks that the lease lies ahead and that there is a token.
   *
   * @throws IllegalArgumentException naming the value that is wrong
   */
  public CallbackClaim {
    if (!leaseUntil.isAfter(now)) {
      throw new IllegalArgumentException("leaseUntil " + leaseUntil + " is not after " + now);
    }
    if (token.isBlank()) {
      throw new IllegalArgumentException("token must not be blank");
    }
  }
}
