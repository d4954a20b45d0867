package dev.whatsit.classifier.vision;

import dev.whatsit.domain.failure.Deferred;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.record.SpendingLedger;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Spends units up to a monthly limit that all instances share. It reserves them in blocks and
 * spends from its own block, so that few requests cost a write. What is left of a block when the
 * instance or the month ends is lost (ADR 21). Thread-safe.
 */
final class MonthlyUnits {
  private static final String REASON = "SPENDING_CEILING";

  private static final EventLog LOG = EventLog.of(MonthlyUnits.class);

  /** The month that Google bills by (cloud.google.com/billing/docs/how-to/billing-cycle). */
  private static final ZoneId ZONE = ZoneId.of("America/Los_Angeles");

  /** Few writes, and little lost when an instance ends. */
  private static final long MAX_BLOCK = 50;

  /** A block is at most this part of the limit, so that short-lived instances lose little of it. */
  private static final long BLOCKS = 100;

  /** The limit can be raised at any time: a deferred image looks again, which costs two writes. */
  private static final Duration MAX_WAIT = Duration.ofHours(6);

  private final Ledger ledger;
  private final long limit;
  private final long block;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();

  private YearMonth month;
  private long left;
  private boolean near;
  private boolean exhausted;

  /** Where units are reserved, as by {@link SpendingLedger#reserve}. */
  @FunctionalInterface
  interface Ledger {
    long reserve(String account, long units, long limit);
  }

  /**
   * Units under a limit.
   *
   * @param limit in a month, over all instances
   */
  MonthlyUnits(Ledger ledger, long limit, InstantSource clock) {
    this.ledger = ledger;
    this.limit = limit;
    this.block = Math.max(1, Math.min(MAX_BLOCK, limit / BLOCKS));
    this.clock = clock;
    this.month = YearMonth.from(clock.instant().atZone(ZONE));
  }

  /**
   * Spends units for one request.
   *
   * @param units at least 1
   * @param timeout for other threads that are reserving
   * @return the month in which they are spent
   * @throws Deferred if the limit does not leave as many
   * @throws TransientFailure if the ledger cannot be reached in time
   */
  YearMonth spend(int units, Duration timeout) {
    lock(timeout);
    try {
      Instant now = clock.instant();
      begin(YearMonth.from(now.atZone(ZONE)));
      if (left < units && !exhausted) {
        long wish = Math.max(block, units - left);
        long granted = reserve(wish);
        left += granted;
        LOG.info("units reserved", Labels.of("month", month).and("units", granted));
        // What is reserved never shrinks, and an instance keeps its limit.
        exhausted = granted < wish;
      }
      if (left < units) {
        throw new Deferred(
            REASON,
            "the ceiling of " + limit + " units in " + month + " is reached (VISION_MONTHLY_LIMIT)",
            waitFrom(now));
      }
      left -= units;
      return month;
    } finally {
      lock.unlock();
    }
  }

  /** Reserves up to four fifths of the limit first, to warn once when those are passed. */
  private long reserve(long wish) {
    String account = "vision-" + month;
    long granted = near ? 0 : ledger.reserve(account, wish, limit - limit / 5);
    if (granted == wish) {
      return granted;
    }
    if (!near) {
      near = true;
      LOG.warning(
          "spending near the ceiling", Labels.of("month", month).and("ceiling", limit), null);
    }
    return granted + ledger.reserve(account, wish - granted, limit);
  }

  /**
   * Takes back the units of a request that was not billed.
   *
   * @param spentIn their month; those of an earlier month cannot be spent any more
   */
  void giveBack(int units, YearMonth spentIn) {
    lock.lock();
    try {
      if (month.equals(spentIn)) {
        left += units;
      }
    } finally {
      lock.unlock();
    }
  }

  private void begin(YearMonth current) {
    // Also when a clock is set back: a block is spent only in the month it was reserved for.
    if (!current.equals(month)) {
      month = current;
      left = 0;
      near = false;
      exhausted = false;
    }
  }

  private Duration waitFrom(Instant now) {
    Instant next = month.plusMonths(1).atDay(1).atStartOfDay(ZONE).toInstant();
    Duration untilNext = Duration.between(now, next);
    return untilNext.compareTo(MAX_WAIT) < 0 ? untilNext : MAX_WAIT;
  }

  private void lock(Duration timeout) {
    try {
      if (!lock.tryLock(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new TransientFailure("vision: no units could be reserved in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransientFailure("vision: interrupted while reserving units", e);
    }
  }
}
