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
 * Carries what became of images into the items that wait for them, and ends batches: first the
 * item, then a look whether any is open, then the one write that completes the batch. Of those who
 * end the last items at the same moment each may look, and one of them writes. Who dies between
 * leaves a batch that is found as overdue. Thread-safe.
 */
public final class BatchProgress {
  private static final int AT_ONCE = 500;

  private final BatchStore batches;

  /** Over this store. */
  public BatchProgress(BatchStore batches) {
    this.batches = batches;
  }

  /**
   * Brings every item that waits for an image to where its record stands.
   *
   * @return the batches that this call completed
   * @throws TransientFailure if not all of them are known to be written; the call may be repeated
   */
  public List<Batch> follow(ImageRecord record, Instant now) {
    if (!record.status().isFinal()) {
      return List.of();
    }
    List<Batch> completed = new ArrayList<>();
    int left = 0;
    boolean more = true;
    while (more) {
      // Those that wait for a later run are found again and again, and must not hide the others.
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

  /**
   * Brings one item to where its image's record stands, by {@link BatchItem#followed}.
   *
   * @return the batch if this call completed it
   * @throws TransientFailure if it is not known whether it was written; the call may be repeated
   */
  public Optional<Batch> follow(ItemKey key, ImageRecord record, Instant now) {
    return change(key, item -> item.followed(record, now), now);
  }

  /**
   * Ends one item with an error.
   *
   * @return the batch if this call completed it
   * @throws TransientFailure if it is not known whether it was written; the call may be repeated
   */
  public Optional<Batch> fail(ItemKey key, WorkError error, Instant now) {
    return change(key, item -> item.failed(error, now), now);
  }

  /**
   * Ends one item whose source gave no image, by {@link BatchItem#fetchFailed}.
   *
   * @return the batch if this call completed it
   * @throws TransientFailure if it is not known whether it was written; the call may be repeated
   */
  public Optional<Batch> failFetch(ItemKey key, WorkError error, Instant now) {
    return change(key, item -> item.fetchFailed(error, now), now);
  }

  private Optional<Batch> change(
      ItemKey key, Function<BatchItem, Optional<BatchItem>> step, Instant now) {
    Optional<Changed<BatchItem>> changed = batches.change(key, step);
    // Also when somebody else ended it: he may have died before he looked.
    return changed.isPresent() && changed.get().value().status().isFinal()
        ? complete(key.batch(), now)
        : Optional.empty();
  }

  /**
   * Completes a batch of which no item is open.
   *
   * @return the batch if this call completed it
   * @throws TransientFailure if it is not known whether it was written; the call may be repeated
   */
  public Optional<Batch> complete(BatchId id, Instant now) {
    return batches.hasOpenItems(id)
        ? Optional.empty()
        : batches
            .change(id, batch -> batch.completed(now))
            .filter(Changed::written)
            .map(Changed::value);
  }
}
