package dev.whatsit.classify;

import dev.whatsit.domain.settings.Settings;
import java.time.Duration;

/**
 * The time limits of classify, which must be in ascending order: classifier deadline &lt; function
 * timeout &lt; lease &lt; ack deadline. So a claim outlives the call that made it, and a message
 * outlives the claim. The event source enforces the function timeout and the ack deadline.
 *
 * @param function {@code FUNCTION_TIMEOUT_SECONDS}, how long the function may take for one event
 * @param lease {@code LEASE_SECONDS}, how long a claim excludes other claims
 * @param acknowledgement {@code ACK_DEADLINE_SECONDS}, how long after a delivery an unacknowledged
 *     message is redelivered
 */
public record Times(Duration function, Duration lease, Duration acknowledgement) {
  private static final Duration MIN = Duration.ofSeconds(1);

  /** The maximum ack deadline of Pub/Sub (its quotas page). */
  private static final Duration MAX = Duration.ofMinutes(10);

  /** Reads the limits; values out of range or out of order are recorded in {@code settings}. */
  public static Times of(Settings settings) {
    Duration classifier =
        settings.seconds("CLASSIFIER_DEADLINE_SECONDS", Duration.ofMinutes(1), MIN, MAX);
    Duration function =
        settings.seconds("FUNCTION_TIMEOUT_SECONDS", Duration.ofMinutes(2), MIN, MAX);
    Duration lease = settings.seconds("LEASE_SECONDS", Duration.ofSeconds(150), MIN, MAX);
    Duration acknowledgement =
        settings.seconds("ACK_DEADLINE_SECONDS", Duration.ofMinutes(3), MIN, MAX);
    requireBelow(
        settings, "CLASSIFIER_DEADLINE_SECONDS", classifier, "FUNCTION_TIMEOUT_SECONDS", function);
    requireBelow(settings, "FUNCTION_TIMEOUT_SECONDS", function, "LEASE_SECONDS", lease);
    requireBelow(settings, "LEASE_SECONDS", lease, "ACK_DEADLINE_SECONDS", acknowledgement);
    return new Times(function, lease, acknowledgement);
  }

  private static void requireBelow(
      Settings settings, String name, Duration value, String nextName, Duration next) {
    if (value.compareTo(next) >= 0) {
      settings.reject(
          name,
          "is "
              + value.toSeconds()
              + " s, must be less than "
              + nextName
              + ", which is "
              + next.toSeconds()
              + " s");
    }
  }
}
