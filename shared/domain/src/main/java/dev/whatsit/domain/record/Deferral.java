package dev.whatsit.domain.record;

import java.time.Instant;

/**
 * Why an image's work is deferred, and since when: a quota, a spending limit, or an unavailable
 * classifier. It stays in the record until the run ends, over any number of attempts.
 *
 * @param reason stable upper-case word
 * @param since when the work was first deferred
 */
public record Deferral(String reason, Instant since) {
  public Deferral {
    if (reason.isBlank()) {
      throw new IllegalArgumentException("reason must not be blank");
    }
  }
}
