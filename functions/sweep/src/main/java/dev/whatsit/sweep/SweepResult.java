package dev.whatsit.sweep;

import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;

/**
 * The counts of a sweep.
 *
 * @param found overdue entries that it processed, at most its limit
 * @param republished of those, how many have a message in the queue again
 * @param failed of those, for how many that is not known; the next sweep finds them
 * @param more whether there are overdue entries that it did not process
 */
record SweepResult(int found, int republished, int failed, boolean more) {
  /**
   * Processes entries one after the other: at most {@code limit}; only the first one once {@code
   * end} has passed; none once the deadline is over.
   *
   * @param overdue the entries, one more than the limit if there are that many
   * @param step processes an entry, and returns whether it is known to have succeeded
   */
  static <T> SweepResult each(
      List<T> overdue, int limit, Instant end, Deadline deadline, Predicate<? super T> step) {
    int found = 0;
    int done = 0;
    for (T one : overdue) {
      boolean isInTime = found == 0 || deadline.clock().instant().isBefore(end);
      if (found == limit || deadline.isOver() || !isInTime) {
        break;
      }
      found++;
      done += step.test(one) ? 1 : 0;
    }
    return new SweepResult(found, done, found - done, overdue.size() > found);
  }

  SweepResult plus(SweepResult other) {
    return new SweepResult(
        found + other.found,
        republished + other.republished,
        failed + other.failed,
        more || other.more);
  }

  /** Logs the counts, unless there was nothing to do. */
  void log(EventLog log, String message) {
    if (found > 0) {
      log.info(
          message,
          Labels.of("found", found)
              .and("republished", republished)
              .and("failed", failed)
              .and("more", more));
    }
  }
}
