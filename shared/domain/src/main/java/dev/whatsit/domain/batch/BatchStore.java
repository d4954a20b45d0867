package dev.whatsit.domain.batch;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keeps batches: one entry for each and one for each of its items, and no counters. A batch appears
 * with all of its items or not at all; after that each entry changes by itself, by conditional
 * writes: of two at the same moment exactly one wins and the other sees what it lost to. A write
 * that was answered is durable, and every later read and query sees it, so that of those who end
 * the last items of a batch at the same moment at least one finds none open.
 *
 * <p>A batch past its {@code expireAt} and its items are removed by the store, all at some time
 * after it. Until then they are read like any others, and the caller says that they are not there.
 *
 * <p>Implementations are safe for use by several threads. Every method throws {@link
 * TransientFailure} if the store cannot be reached or it is not known whether it was written; it
 * may be called again.
 */
public interface BatchStore {
  /**
   * Writes a new batch with its items, and the key under which it was submitted.
   *
   * @param items as many as the batch says, in the order of their indexes
   * @param key for which a submission within the last {@link IdempotencyKey#LIFETIME} answers
   *     instead, or null
   */
  CreateBatchResult create(
      Batch batch, List<BatchItem> items, @Nullable IdempotencyKey key, Instant now);

  /** Reads a batch. */
  Optional<Batch> find(BatchId id);

  /**
   * Reads the items of a batch, in the order of their indexes; none when there is no such batch.
   */
  List<BatchItem> items(BatchId id);

  /** Reads an item. */
  Optional<BatchItem> item(ItemKey key);

  /** Whether a batch has an item that is not final. */
  boolean hasOpenItems(BatchId id);

  /**
   * Finds items that wait for an image, whatever run of it.
   *
   * @param limit how many at most, at least 1
   */
  List<BatchItem> waitingFor(ImageHash hash, int limit);

  /**
   * Changes a batch.
   *
   * @param step from the batch as it stands to the next, or empty to leave it; may be asked again
   * @return empty when there is no such batch
   */
  Optional<Changed<Batch>> change(BatchId id, Function<Batch, Optional<Batch>> step);

  /**
   * Changes an item.
   *
   * @param step from the item as it stands to the next, or empty to leave it; may be asked again
   * @return empty when there is no such item
   */
  Optional<Changed<BatchItem>> change(ItemKey key, Function<BatchItem, Optional<BatchItem>> step);

  /**
   * Finds batches that nobody may be carrying any more, by {@link Batch#overdueAt}.
   *
   * @param limit how many at most, at least 1
   * @return the longest overdue first
   */
  List<Batch> overdueBatches(Instant now, int limit);

  /**
   * Finds items that nobody may be carrying any more, by {@link BatchItem#overdueAt}.
   *
   * @param limit how many at most, at least 1
   * @return the longest overdue first
   */
  List<BatchItem> overdueItems(Instant now, int limit);

  /** Checks that the store answers, as cheaply as can be. */
  void checkReachable();
}
