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
 * Spends Vision units up to a monthly limit that all instances share. It reserves units in blocks
 * and spends from its own block, so that few requests cost a write. The rest of a block is lost
 * when the instance or the month ends (ADR 21). Thread-safe.
 */
final class MonthlyUnits {
  private static final String REASON = "SPENDING_CEILING";

  private static final EventLog LOG = EventLog.of(MonthlyUnits.class);

  /** The month that Google bills by (cloud.google.com/billing/docs/how-to/billing-cycle). */
  private static final ZoneId ZONE = ZoneId.of("America/Los_Angeles");

  /** A compromise: few writes, and few lost units when an instance ends. */
  private static final long MAX_BLOCK = 50;

  /**
   * A block is at most 1/{@value} of the limit, so that short-lived instances lose little of it.
   */
  private static final long BLOCKS = 100;

  /**
   * The limit may be raised at any time, so a deferred image tries again after this; each try costs
   * two writes.
   */
  private static final Duration MAX_WAIT = Duration.ofHours(6);

  private final Ledger ledger;
  private final long limit;
  private final long block;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();

  private YearMonth month;
  private long left;
  private boolean warned;
  private boolean exhausted;

  /** Reserves units, like {@link SpendingLedger#reserve}. */
  @FunctionalInterface
  interface Ledger {
    long reserve(String account, long units, long limit);
  }

  /**
   * Creates the units.
   *
   * @param limit the maximum in a month, over all instances
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
   * @param timeout for waiting while other threads reserve
   * @return the month to which the units count
   * @throws Deferred if fewer units are left
   * @throws TransientFailure if the ledger cannot be reached in time
   */
  YearMonth spend(int units, Duration timeout) {
    lock(timeout);
    try {
      Instant now = clock.instant();
      begin(YearMonth.from(now.atZone(ZONE)));
      if (left < units && !exhausted) {
        long requested = Math.max(block, units - left);
        long granted = reserve(requested);
        left += granted;
        LOG.info("units reserved", Labels.of("month", month).and("units", granted));
        // Reserved units are never released, and an instance's limit never changes, so this stays
        // true for the month.
        exhausted = granted < requested;
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

  /** First reserves up to four fifths of the limit, to log one warning when they are used up. */
  private long reserve(long requested) {
    String account = "vision-" + month;
    long granted = warned ? 0 : ledger.reserve(account, requested, limit - limit / 5);
    if (granted == requested) {
      return granted;
    }
    if (!warned) {
      warned = true;
      LOG.warning(
          "spending near the ceiling", Labels.of("month", month).and("ceiling", limit), null);
    }
    return granted + ledger.reserve(account, requested - granted, limit);
  }

  /**
   * Returns the units of a request that was not billed.
   *
   * @param spentIn their month; units of an earlier month cannot be spent any more
   */
  void refund(int units, YearMonth spentIn) {
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
    // Also if the clock is set back: a block is spent only in the month for which it was reserved.
    if (!current.equals(month)) {
      month = current;
      left = 0;
      warned = false;
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
