package dev.whatsit.http;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A bound on the bytes that requests hold in memory at the same moment. Who gets nothing is told to
 * come back; nobody waits. Thread-safe.
 */
public final class MemoryBudget {
  private final long limit;
  private final AtomicLong used = new AtomicLong();

  /**
   * A budget.
   *
   * @param limit bytes, at least 1
   */
  public MemoryBudget(long limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1: " + limit);
    }
    this.limit = limit;
  }

  /** Bytes taken from the budget, given back by closing. */
  public final class Reservation implements AutoCloseable {
    private final AtomicLong held;

    private Reservation(long bytes) {
      this.held = new AtomicLong(bytes);
    }

    /** Takes more, or returns false and leaves everything as it was. */
    public boolean grow(long bytes) {
      if (!take(bytes)) {
        return false;
      }
      held.addAndGet(bytes);
      return true;
    }

    @Override
    public void close() {
      used.addAndGet(-held.getAndSet(0));
    }
  }

  /**
   * Takes bytes.
   *
   * @param bytes 0 or more
   * @return what gives them back, or empty when the budget has not that many left
   */
  public Optional<Reservation> reserve(long bytes) {
    return take(bytes) ? Optional.of(new Reservation(bytes)) : Optional.empty();
  }

  /** Bytes taken now. */
  public long used() {
    return used.get();
  }

  /** Bytes that can be taken at most. */
  public long limit() {
    return limit;
  }

  private boolean take(long bytes) {
    while (true) {
      long now = used.get();
      if (bytes > limit - now) {
        return false;
      }
      if (used.compareAndSet(now, now + bytes)) {
        return true;
      }
    }
  }
}
