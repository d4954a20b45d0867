package dev.whatsit.domain.batch;

/** What creating a batch comes to. */
public sealed interface CreateBatchResult {
  /** The batch with all of its items was written, by this call or one whose answer was lost. */
  record Created() implements CreateBatchResult {}

  /**
   * The same was submitted under the same key before, and nothing was written.
   *
   * @param batch what it was answered with
   */
  record Repeated(BatchId batch) implements CreateBatchResult {}

  /** Something else was submitted under the same key before, and nothing was written. */
  record KeyTaken() implements CreateBatchResult {}
}
