package dev.whatsit.embedded;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Instants as whole nanoseconds since 1970: exact, and in order as numbers. They reach from 1677 to
 * 2262.
 */
final class Instants {
  private static final long NANOS = 1_000_000_000;

  private Instants() {}

  static long toNanos(Instant instant) {
    return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), NANOS), instant.getNano());
  }

  static @Nullable Long toNanosOrNull(@Nullable Instant instant) {
    return instant == null ? null : (Long) toNanos(instant);
  }

  static Instant ofNanos(long nanos) {
    return Instant.ofEpochSecond(Math.floorDiv(nanos, NANOS), Math.floorMod(nanos, NANOS));
  }

  static @Nullable Instant ofNanosOrNull(@Nullable Object nanos) {
    return nanos == null ? null : ofNanos(((Number) nanos).longValue());
  }
}
