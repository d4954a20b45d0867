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
 * Spends units up to a ceiling in each month, over all instances: reserves them in blocks and hands
 * them out from its own block, so that most requests cost no write. What is left of a block when
 * the instance or the month ends is lost. Safe for use by several threads.
 */
final class MonthlyUnits {
  static final String CEILING = "SPENDING_CEILING";

  private static final EventLog LOG = EventLog.of(MonthlyUnits.class);

  /** The month that Google bills by (cloud.google.com/billing/docs/how-to/billing-cycle). */
  private static final ZoneId ZONE = ZoneId.of("America/Los_Angeles");

  /** What is reserved at once: few writes, and little lost when an instance ends. */
  private static final long LARGEST_BLOCK = 50;

  /** Of the ceiling. Where instances come and go, a hundred of them must not use it up unspent. */
  private static final long PARTS = 100;

  /**
   * A ceiling can be raised at any time. Who waits looks again so often, which costs two writes.
   */
  private static final Duration LONGEST_WAIT = Duration.ofHours(6);

  private final SpendingLedger ledger;
  private final long limit;
  private final long block;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();

  private YearMonth month;
  private long left;
  private boolean near;
  private boolean exhausted;

  /**
   * Units under a ceiling.
   *
   * @param limit the most in a month, over all instances
   */
  MonthlyUnits(SpendingLedger ledger, long limit, InstantSource clock) {
    this.ledger = ledger;
    this.limit = limit;
    this.block = Math.max(1, Math.min(LARGEST_BLOCK, limit / PARTS));
    this.clock = clock;
    this.month = YearMonth.from(clock.instant().atZone(ZONE));
  }

  /**
   * Takes units for one request, which count as spent.
   *
   * @param units at least 1
   * @param patience how long to wait for other threads that are reserving
   * @return the month that they are of
   * @throws Deferred when the ceiling does not leave as many
   * @throws TransientFailure if the ledger cannot be reached in time
   */
  YearMonth spend(int units, Duration patience) {
    acquire(patience);
    try {
      Instant now = clock.instant();
      begin(YearMonth.from(now.atZone(ZONE)));
      if (left < units && !exhausted) {
        long wish = Math.max(block, units - left);
        long granted = reserve(wish);
        left += granted;
        LOG.info("units reserved", Labels.of("month", month).and("units", granted));
        // The account never shrinks, and this limit is this instance's for all its life.
        exhausted = granted < wish;
      }
      if (left < units) {
        throw new Deferred(
            CEILING,
            "the ceiling of " + limit + " units in " + month + " is reached (VISION_MONTHLY_LIMIT)",
            waitFrom(now));
      }
      left -= units;
      return month;
    } finally {
      lock.unlock();
    }
  }

  /** Up to four fifths of the ceiling first: whoever passes them says so, in time to raise it. */
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
   * Takes back units of a request that is known not to have been billed.
   *
   * @param spentIn the month that they are of; those of an earlier one are of no use any more
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
    // Clocks are set back now and then; what was reserved for a month is spent in that month alone.
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
    return untilNext.compareTo(LONGEST_WAIT) < 0 ? untilNext : LONGEST_WAIT;
  }

  private void acquire(Duration patience) {
    try {
      if (!lock.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new TransientFailure("vision: no units could be reserved in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransientFailure("vision: interrupted while reserving units", e);
    }
  }
}
