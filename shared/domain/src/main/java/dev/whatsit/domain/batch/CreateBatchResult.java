package dev.whatsit.domain.batch;

/** The result of creating a batch. */
public sealed interface CreateBatchResult {
  /**
   * The batch and all of its items were written, by this call or by an earlier attempt of it with a
   * lost response.
   */
  record Created() implements CreateBatchResult {}

  /**
   * The same submission was made with the same key before; nothing was written.
   *
   * @param batch the batch that the earlier submission created
   */
  record Repeated(BatchId batch) implements CreateBatchResult {}

  /** A different submission was made with the same key before; nothing was written. */
  record KeyTaken() implements CreateBatchResult {}
}
