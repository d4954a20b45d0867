package dev.whatsit.domain.failure;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Limits an amount that is costly to measure. The measured amount is kept for a while, and what
 * this process adds meanwhile is added to it, so that the process exceeds the limit by at most the
 * last amount that it was granted. Other processes that use the same store may each add what was
 * left when they measured. What is removed meanwhile is seen by the next measurement.
 *
 * <p>One thread measures at a time; the others go on with the old amount, and wait only for the
 * first one. Thread-safe.
 */
public final class UsageLimit {
  private final LimitReached.Kind kind;
  private final long limit;
  private final Duration maxAge;
  private final LongSupplier measure;
  private final InstantSource clock;

  private final ReentrantLock measuring = new ReentrantLock();
  private volatile @Nullable Instant measuredAt;
  private long used;
  private long inFlight;

  /** Granted since the last measurement began, with what was in flight then. */
  private long granted;

  /**
   * Creates a limit.
   *
   * @param limit the amount from which on nothing more is granted; 0 for no limit, then nothing is
   *     ever measured
   * @param maxAge how long a measured amount is kept
   * @param measure the present amount, of which nothing above the limit need be counted; its
   *     failures go to the caller
   */
  public UsageLimit(
      LimitReached.Kind kind,
      long limit,
      Duration maxAge,
      LongSupplier measure,
      InstantSource clock) {
    this.kind = kind;
    this.limit = limit;
    this.maxAge = maxAge;
    this.measure = measure;
    this.clock = clock;
  }

  /** An amount that was granted. Closing gives it back unless it was used. Not thread-safe. */
  public final class Grant implements AutoCloseable {
    private final long amount;
    private boolean isUsed;

    private Grant(long amount) {
      this.amount = amount;
    }

    /** Says that the amount was used: the next measurement finds it. */
    public void use() {
      isUsed = true;
    }

    @Override
    public void close() {
      synchronized (UsageLimit.this) {
        inFlight -= amount;
        if (!isUsed) {
          used -= amount;
          granted -= amount;
        }
      }
    }
  }

  /**
   * Grants an amount unless the limit is reached.
   *
   * @throws LimitReached if it is
   */
  public Grant grant(long amount) {
    refresh();
    synchronized (this) {
      requireRoom();
      used += amount;
      granted += amount;
      inFlight += amount;
      return new Grant(amount);
    }
  }

  /**
   * Checks that the limit is not reached.
   *
   * @throws LimitReached if it is
   */
  public void check() {
    refresh();
    synchronized (this) {
      requireRoom();
    }
  }

  private void requireRoom() {
    if (limit != 0 && used >= limit) {
      throw new LimitReached(kind, kind + " is full: " + used + " of " + limit, maxAge);
    }
  }

  private void refresh() {
    if (limit == 0 || isFresh()) {
      return;
    }
    if (measuredAt == null) {
      measuring.lock();
    } else if (!measuring.tryLock()) {
      return;
    }
    try {
      if (isFresh()) {
        return;
      }
      synchronized (this) {
        // A measurement may or may not find what is in flight.
        granted = inFlight;
      }
      Instant now = clock.instant();
      long amount = measure.getAsLong();
      synchronized (this) {
        used = amount + granted;
        measuredAt = now;
      }
    } finally {
      measuring.unlock();
    }
  }

  /** A time in the future is that of a clock that was set back. */
  private boolean isFresh() {
    Instant last = measuredAt;
    Instant now = clock.instant();
    return last != null && !now.isBefore(last) && now.isBefore(last.plus(maxAge));
  }
}
