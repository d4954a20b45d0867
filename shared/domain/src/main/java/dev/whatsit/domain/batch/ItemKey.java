package dev.whatsit.domain.batch;

/**
 * Identifies an item of a batch.
 *
 * @param index index of the item in the batch, from 0 to one less than {@link Batch#MAX_ITEMS}
 */
public record ItemKey(BatchId batch, int index) {
  public ItemKey {
    if (index < 0 || index >= Batch.MAX_ITEMS) {
      throw new IllegalArgumentException("index must be 0 to 999: " + index);
    }
  }

  @Override
  public String toString() {
    return batch + "/" + index;
  }
}
