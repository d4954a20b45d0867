package dev.whatsit.domain.batch;

import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;

/**
 * What whoever has completed a batch does next: says so, where somebody is to be told. Thread-safe.
 */
public final class AnnounceBatch {
  private final MessageQueue queue;

  /** With the queue that it publishes to. */
  public AnnounceBatch(MessageQueue queue) {
    this.queue = queue;
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
      queue.publish(Topic.RESULTS, ResultMessage.toAll(subject(batch.id())).toMessage());
    }
  }
}
