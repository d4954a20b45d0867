package dev.whatsit.embedded;

import java.time.Instant;

/**
 * Converts instants to whole nanoseconds since 1970 and back: exact, and sortable as numbers. The
 * range is 1677 to 2262.
 */
final class Nanos {
  private static final long NANOS = 1_000_000_000;

  private Nanos() {}

  static long of(Instant instant) {
    return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), NANOS), instant.getNano());
  }

  static Instant instant(long nanos) {
    return Instant.ofEpochSecond(Math.floorDiv(nanos, NANOS), Math.floorMod(nanos, NANOS));
  }
}
