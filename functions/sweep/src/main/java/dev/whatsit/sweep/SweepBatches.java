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
 * Requeues stalled batch items, completes batches that have no open item but are not complete, and
 * publishes completions of batches that were not announced. Thread-safe.
 */
final class SweepBatches {
  private static final EventLog LOG = EventLog.of(SweepBatches.class);

  /** Messages in one publish call; at most this many are duplicates when the time is over. */
  private static final int AT_ONCE = 100;

  private final BatchStore batches;
  private final MessageQueue queue;
  private final BatchProgress progress;
  private final AnnounceBatch announce;
  private final int limit;
  private final Duration time;
  private final Clock clock;

  /**
   * Creates the use case.
   *
   * @param limit the maximum number of items and of batches in one sweep, at least 1
   * @param time after this no further item or batch is started
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
    // Batches get half of the time. Items, of which there are many more, get the other half and
    // what batches leave. So neither kind starves the other.
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
    swept.log(LOG, "swept batches");
    return swept;
  }

  private SweepResult sweepItems(Instant begun, Instant end, Deadline deadline) {
    List<BatchItem> overdue = batches.overdueItems(begun, limit + 1);
    List<BatchItem> processed = overdue.subList(0, Math.min(limit, overdue.size()));
    Map<ItemKey, Boolean> published = new HashMap<>();
    return each(overdue, end, deadline, item -> isRequeued(item, processed, published, deadline));
  }

  private <T> SweepResult each(List<T> overdue, Instant end, Deadline deadline, Predicate<T> step) {
    return SweepResult.each(overdue, limit, end, deadline, one -> succeeds(one, step));
  }

  private static <T> boolean succeeds(T one, Predicate<T> step) {
    try {
      return step.test(one);
    } catch (RuntimeException e) {
      // A failure of one item or batch must not stop the others.
      LOG.warning("cannot take up again", Labels.of("what", one), e);
      return false;
    }
  }

  /**
   * Publishes first, then notes that in the item: a crash or the deadline in between only causes
   * duplicate messages. An item that was not published yet is published together with those after
   * it. If that fails, all of them are left to the next sweep: any of them may be in the queue, and
   * each delivery uses up an attempt.
   *
   * @param published of the items that were published, whether they are known to be in the queue
   */
  private boolean isRequeued(
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
