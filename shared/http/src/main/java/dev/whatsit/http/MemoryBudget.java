package dev.whatsit.http;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits the bytes that requests hold in memory at the same time. A reservation over the limit
 * fails at once, so that the client can be asked to retry; no thread waits. Thread-safe.
 */
public final class MemoryBudget {
  private final long limit;
  private final AtomicLong used = new AtomicLong();

  /**
   * Creates a budget.
   *
   * @param limit bytes, at least 1
   */
  public MemoryBudget(long limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1: " + limit);
    }
    this.limit = limit;
  }

  /** Bytes reserved in the budget, none at first; closing releases them. */
  public final class Reservation implements AutoCloseable {
    private final AtomicLong held = new AtomicLong();

    private Reservation() {}

    /**
     * Reserves more bytes, or returns false and changes nothing.
     *
     * @param bytes 0 or more
     */
    public boolean grow(long bytes) {
      if (!take(bytes)) {
        return false;
      }
      held.addAndGet(bytes);
      return true;
    }

    /**
     * Releases some of the bytes.
     *
     * @param bytes not more than are reserved
     */
    public void shrink(long bytes) {
      held.addAndGet(-bytes);
      used.addAndGet(-bytes);
    }

    @Override
    public void close() {
      used.addAndGet(-held.getAndSet(0));
    }
  }

  /** Opens a reservation without bytes. It grows as a request needs memory. */
  public Reservation open() {
    return new Reservation();
  }

  /** The bytes that are reserved now. */
  public long used() {
    return used.get();
  }

  /** The limit in bytes. */
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
