package dev.whatsit.domain.batch;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.WorkError;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Applies the results of images to the batch items that wait for them, and completes batches: it
 * writes the item, queries for an open item, and if there is none completes the batch by one
 * conditional write. When callers end the last items concurrently, each may query, and exactly one
 * of them completes the batch and returns it. After a crash in between, the batch is found as
 * overdue.
 *
 * <p>Thread-safe. Every method throws {@link TransientFailure} if it is not known whether
 * everything was written; the call may be repeated.
 */
public final class BatchProgress {
  private static final int AT_ONCE = 500;

  private final BatchStore batches;

  public BatchProgress(BatchStore batches) {
    this.batches = batches;
  }

  /**
   * Applies an image's final record to every item that waits for it. Does nothing when the record
   * is not final.
   *
   * @return the batches that this call completed
   */
  public List<Batch> follow(ImageRecord record, Instant now) {
    if (!record.status().isFinal()) {
      return List.of();
    }
    List<Batch> completed = new ArrayList<>();
    int left = 0;
    boolean more = true;
    while (more) {
      // Items that wait for a later run are found in every round; the limit grows by their number
      // so that they do not hide the others.
      int limit = AT_ONCE + left;
      List<BatchItem> waiting = batches.waitingFor(record.hash(), limit);
      left = 0;
      for (BatchItem item : waiting) {
        if (item.followed(record, now).isPresent()) {
          follow(item.key(), record, now).ifPresent(completed::add);
        } else {
          left++;
        }
      }
      more = waiting.size() == limit;
    }
    return completed;
  }

  /** Applies an image's record to one item, by {@link BatchItem#followed}. */
  public Optional<Batch> follow(ItemKey key, ImageRecord record, Instant now) {
    return change(key, item -> item.followed(record, now), now);
  }

  /** Ends one item with an error. */
  public Optional<Batch> fail(ItemKey key, WorkError error, Instant now) {
    return change(key, item -> item.failed(error, now), now);
  }

  /** Ends one item after a permanent failure of its fetch, by {@link BatchItem#fetchFailed}. */
  public Optional<Batch> failFetch(ItemKey key, WorkError error, Instant now) {
    return change(key, item -> item.fetchFailed(error, now), now);
  }

  private Optional<Batch> change(
      ItemKey key, Function<BatchItem, Optional<BatchItem>> step, Instant now) {
    Optional<Changed<BatchItem>> changed = batches.change(key, step);
    // Also when another caller ended the item: it may have crashed before it completed the batch.
    return changed.isPresent() && changed.get().value().status().isFinal()
        ? complete(key.batch(), now)
        : Optional.empty();
  }

  /** Completes a batch if none of its items is open. */
  public Optional<Batch> complete(BatchId id, Instant now) {
    return batches.hasOpenItems(id)
        ? Optional.empty()
        : batches
            .change(id, batch -> batch.completed(now))
            .filter(Changed::written)
            .map(Changed::value);
  }
}
