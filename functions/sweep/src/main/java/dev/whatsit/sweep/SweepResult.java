package dev.whatsit.sweep;

import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;

/**
 * What a sweep did.
 *
 * @param found overdue ones that it took up, at most its limit
 * @param republished of those, how many have a message in the queue again
 * @param failed of those, for how many it is not known; the next sweep finds them
 * @param more whether there are overdue ones that it left alone
 */
record SweepResult(int found, int republished, int failed, boolean more) {
  /**
   * Takes up one after the other, at most {@code limit}, after the first none once the end has
   * come, and none at all once the deadline is over.
   *
   * @param overdue one more than the limit where there are as many
   * @param step whether it is known to have been taken up
   */
  static <T> SweepResult each(
      List<T> overdue, int limit, Instant end, Deadline deadline, Predicate<? super T> step) {
    int found = 0;
    int done = 0;
    for (T one : overdue) {
      boolean isItsTime = found == 0 || deadline.clock().instant().isBefore(end);
      if (found == limit || deadline.isOver() || !isItsTime) {
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

  /** Tells of it, unless there was nothing to do. */
  void tell(EventLog log, String message) {
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
