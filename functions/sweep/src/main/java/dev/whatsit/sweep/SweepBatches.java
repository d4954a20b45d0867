package dev.whatsit.sweep;

import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.BatchProgress;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.batch.FetchMessage;
import dev.whatsit.domain.batch.FetchQueue;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Finds items of batches that nobody may be carrying any more and has them carried on; and batches
 * of which no item is open and nobody noted it, or of whose end nobody was told. Safe for use by
 * several threads.
 */
final class SweepBatches {
  private static final EventLog LOG = EventLog.of(SweepBatches.class);

  /** How many messages one call takes; so many at most come twice when the time is over. */
  private static final int AT_ONCE = 100;

  private final BatchStore batches;
  private final FetchQueue fetches;
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
      FetchQueue fetches,
      AnnounceBatch announce,
      int limit,
      Duration time,
      Clock clock) {
    this.batches = batches;
    this.fetches = fetches;
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
  Swept sweep(Deadline deadline) {
    Instant begun = clock.instant();
    // Half of the time for each, and what batches leave for items, of which there are many more:
    // however much there is of one kind, the other gets on.
    Swept ended =
        each(
            batches.overdueBatches(begun, limit + 1),
            begun.plus(time.dividedBy(2)),
            deadline,
            batch -> finish(batch, deadline));
    Swept swept =
        deadline.isOver() ? ended : ended.plus(sweepItems(begun, begun.plus(time), deadline));
    swept.tell(LOG, "swept batches");
    return swept;
  }

  private Swept sweepItems(Instant begun, Instant end, Deadline deadline) {
    List<BatchItem> overdue = batches.overdueItems(begun, limit + 1);
    List<BatchItem> mine = overdue.subList(0, Math.min(limit, overdue.size()));
    Set<ItemKey> published = new HashSet<>();
    return each(overdue, end, deadline, item -> carry(item, mine, published, deadline));
  }

  private <T> Swept each(List<T> overdue, Instant end, Deadline deadline, Consumer<T> step) {
    return Swept.each(overdue, limit, end, deadline, one -> isTakenUp(one, step));
  }

  private static <T> boolean isTakenUp(T one, Consumer<T> step) {
    try {
      step.accept(one);
      return true;
    } catch (RuntimeException e) {
      // Whatever is wrong with this one, the others shall not wait for it.
      LOG.warning("cannot take up again", Labels.of("what", one), e);
      return false;
    }
  }

  /**
   * Published first and noted then: who dies between, or has no more time, leaves messages too
   * many. An item that is not published yet takes those behind it along.
   */
  private void carry(
      BatchItem item, List<BatchItem> all, Set<ItemKey> published, Deadline deadline) {
    if (!published.contains(item.key())) {
      int from = all.indexOf(item);
      List<ItemKey> group =
          all.subList(from, Math.min(all.size(), from + AT_ONCE)).stream()
              .map(BatchItem::key)
              .toList();
      fetches.publish(group.stream().map(key -> new FetchMessage(key, null)).toList());
      published.addAll(group);
      deadline.check();
    }
    Instant now = clock.instant();
    batches.change(item.key(), found -> found.postponed(now));
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
