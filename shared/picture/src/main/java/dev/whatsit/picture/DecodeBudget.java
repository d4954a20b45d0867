package dev.whatsit.picture;

import dev.whatsit.domain.failure.Deferred;
import dev.whatsit.domain.failure.TransientFailure;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The memory that all decodes of a process may hold together. Each says how much it needs at most
 * and waits, in the order of arrival, until there is room. Thread-safe.
 */
public final class DecodeBudget {
  /** The unit in which memory is counted, so that the whole fits a semaphore. */
  private static final long UNIT = 4096;

  /** How long work waits that found no room: about as long as the largest decodes take. */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

  private final long bytes;
  private final Duration patience;
  private final Semaphore free;

  /**
   * A budget.
   *
   * @param bytes at least 1 MiB
   * @param patience how long a decode waits for room at most
   * @throws IllegalArgumentException if {@code bytes} is less
   */
  public DecodeBudget(long bytes, Duration patience) {
    if (bytes < 1 << 20) {
      throw new IllegalArgumentException("bytes must be at least 1 MiB: " + bytes);
    }
    this.bytes = bytes;
    this.patience = patience;
    this.free = new Semaphore(units(bytes), true);
  }

  /** Whether a need can be met at all. */
  boolean fits(long need) {
    return need <= bytes;
  }

  /**
   * Waits for room, does the work and gives the room back.
   *
   * @param need bytes; if they do not {@linkplain #fits fit}, the work is done with nothing beside
   *     it
   * @throws Deferred if there was no room in time
   * @throws TransientFailure if the thread was interrupted
   */
  <T> T holding(long need, Work<T> work) throws IOException {
    int units = units(Math.min(need, bytes));
    try {
      if (!free.tryAcquire(units, patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new Deferred(
            "DECODE_MEMORY",
            "no room to decode " + need + " bytes within " + patience.toSeconds() + " s",
            RETRY_AFTER);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransientFailure("interrupted while waiting for room to decode", e);
    }
    try {
      return work.run();
    } finally {
      free.release(units);
    }
  }

  private static int units(long bytes) {
    return (int) Math.min(Integer.MAX_VALUE, bytes / UNIT);
  }

  /** What is done while room is held. */
  interface Work<T> {
    T run() throws IOException;
  }
}
