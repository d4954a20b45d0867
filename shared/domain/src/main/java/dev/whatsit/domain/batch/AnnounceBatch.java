package dev.whatsit.domain.batch;

import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.ResultQueue;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.TransientFailure;

/**
 * What whoever has completed a batch does next: says so, where somebody is to be told. Safe for use
 * by several threads.
 */
public final class AnnounceBatch {
  private final ResultQueue results;

  /** With the queue that notifiers read. */
  public AnnounceBatch(ResultQueue results) {
    this.results = results;
  }

  /** A batch as what callbacks are about; it has one run. */
  public static Subject subject(BatchId id) {
    return new Subject(id.text(), 1);
  }

  /**
   * Announces the end of a batch if it says that it is to be announced.
   *
   * @throws TransientFailure if it is not known that it was announced; the batch goes on saying
   *     that it is to be, and the sweep announces it
   */
  public void announce(Batch batch) {
    if (batch.announceDue()) {
      results.publish(ResultMessage.toAll(subject(batch.id())));
    }
  }
}
