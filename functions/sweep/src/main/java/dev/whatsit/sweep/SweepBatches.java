package dev.whatsit.sweep;

import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.BatchProgress;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.batch.FetchMessage;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Finds items of batches that nobody may be carrying any more and has them carried on; and batches
 * of which no item is open and nobody noted it, or of whose end nobody was told. Thread-safe.
 */
final class SweepBatches {
  private static final EventLog LOG = EventLog.of(SweepBatches.class);

  /** How many messages one call takes; so many at most come twice when the time is over. */
  private static final int AT_ONCE = 100;

  private final BatchStore batches;
  private final MessageQueue queue;
  private final BatchProgress progress;
  private final AnnounceBatch announce;
  private final int limit;
  private final Duration time;
  private final Clock clock;

  /**
   * A sweep.
   *
   * @param limit how many items and how many batches at most, at least 1
   * @param time after how long no further one is begun
   */
  SweepBatches(
      BatchStore batches,
      MessageQueue queue,
      AnnounceBatch announce,
      int limit,
      Duration time,
      Clock clock) {
    this.batches = batches;
    this.queue = queue;
    this.progress = new BatchProgress(batches);
    this.announce = announce;
    this.limit = limit;
    this.time = time;
    this.clock = clock;
  }

  /**
   * Sweeps once.
   *
   * @throws TransientFailure if the batches cannot be read
   */
  SweepResult sweep(Deadline deadline) {
    Instant begun = clock.instant();
    // Half of the time for each, and what batches leave for items, of which there are many more:
    // however much there is of one kind, the other gets on.
    SweepResult ended =
        each(
            batches.overdueBatches(begun, limit + 1),
            begun.plus(time.dividedBy(2)),
            deadline,
            batch -> {
              finish(batch, deadline);
              return true;
            });
    SweepResult swept =
        deadline.isOver() ? ended : ended.plus(sweepItems(begun, begun.plus(time), deadline));
    swept.tell(LOG, "swept batches");
    return swept;
  }

  private SweepResult sweepItems(Instant begun, Instant end, Deadline deadline) {
    List<BatchItem> overdue = batches.overdueItems(begun, limit + 1);
    List<BatchItem> mine = overdue.subList(0, Math.min(limit, overdue.size()));
    Map<ItemKey, Boolean> published = new HashMap<>();
    return each(overdue, end, deadline, item -> isCarried(item, mine, published, deadline));
  }

  private <T> SweepResult each(List<T> overdue, Instant end, Deadline deadline, Predicate<T> step) {
    return SweepResult.each(overdue, limit, end, deadline, one -> isTakenUp(one, step));
  }

  private static <T> boolean isTakenUp(T one, Predicate<T> step) {
    try {
      return step.test(one);
    } catch (RuntimeException e) {
      // Whatever is wrong with this one, the others shall not wait for it.
      LOG.warning("cannot take up again", Labels.of("what", one), e);
      return false;
    }
  }

  /**
   * Published first and noted then: who dies between, or has no more time, leaves messages too
   * many. An item that was not published yet takes those behind it along, and when that fails they
   * are the next sweep's: any of them may be in the queue, and each delivery uses up a try.
   *
   * @param published whether they are known to be in the queue, of those of which it was tried
   */
  private boolean isCarried(
      BatchItem item, List<BatchItem> all, Map<ItemKey, Boolean> published, Deadline deadline) {
    if (!published.containsKey(item.key())) {
      int from = all.indexOf(item);
      List<ItemKey> group =
          all.subList(from, Math.min(all.size(), from + AT_ONCE)).stream()
              .map(BatchItem::key)
              .toList();
      group.forEach(key -> published.put(key, false));
      queue.publish(
          Topic.FETCHES,
          group.stream().map(key -> new FetchMessage(key, null).toMessage()).toList(),
          null);
      group.forEach(key -> published.put(key, true));
      deadline.check();
    }
    if (!published.getOrDefault(item.key(), false)) {
      return false;
    }
    Instant now = clock.instant();
    batches.change(item.key(), found -> found.postponed(now));
    return true;
  }

  private void finish(Batch batch, Deadline deadline) {
    Instant now = clock.instant();
    if (batch.completedAt() == null) {
      Optional<Batch> complete = progress.complete(batch.id(), now);
      deadline.check();
      complete.ifPresent(announce::announce);
    } else {
      announce.announce(batch);
    }
    deadline.check();
    batches.change(batch.id(), found -> found.postponed(now));
  }
}
