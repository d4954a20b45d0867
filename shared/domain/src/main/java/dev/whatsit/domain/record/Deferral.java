package dev.whatsit.domain.record;

import java.time.Instant;

/**
 * Why an image's work was put off by itself, and since when: a quota, a spending ceiling, a
 * classifier that is out of service. It stays with the record until the work ends, over any number
 * of tries.
 *
 * @param reason stable upper-case word
 * @param since when the work was put off first
 */
public record Deferral(String reason, Instant since) {
  /**
   * Checks that there is a reason.
   *
   * @throws IllegalArgumentException if it is blank
   */
  public Deferral {
    if (reason.isBlank()) {
      throw new IllegalArgumentException("reason must not be blank");
    }
  }
}
