package dev.whatsit.domain.record;

/** What creating a record comes to. */
public sealed interface CreateResult {
  /** The record as it stands. */
  ImageRecord record();

  /**
   * The record was written by this call, or by an earlier one of the same submission (the same
   * message id) whose answer was lost.
   */
  record Created(ImageRecord record) implements CreateResult {}

  /**
   * There was a record already.
   *
   * @param record the one that this call lost to
   */
  record Exists(ImageRecord record) implements CreateResult {}
}
