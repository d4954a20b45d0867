package dev.whatsit.picture;

import dev.whatsit.domain.image.TooMuchWork;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The processor time that one decode may use. Time on the processor, not on the wall, so that a
 * busy machine never makes a good picture too complex. Used by one thread.
 */
final class WorkLimit {
  /** Units of work between two looks at the clock; a unit is about one byte read. */
  private static final int UNITS = 1 << 16;

  private final LongSupplier nanos;
  private final long end;
  private final Duration limit;
  private int left = UNITS;
  private boolean exceeded;

  WorkLimit(Duration limit, LongSupplier nanos) {
    this.limit = limit;
    this.nanos = nanos;
    this.end = nanos.getAsLong() + limit.toNanos();
  }

  /**
   * Counts work and now and then looks at the clock.
   *
   * @throws TooMuchWork if the time is used up
   */
  void spend(int units) throws TooMuchWork {
    left -= units;
    if (left <= 0) {
      left = UNITS;
      if (exceeded || nanos.getAsLong() - end > 0) {
        exceeded = true;
        throw new TooMuchWork("decoding takes more than " + limit.toMillis() + " ms");
      }
    }
  }

  /** Whether the time was used up, also when a library hid the exception. */
  boolean exceeded() {
    return exceeded;
  }
}
