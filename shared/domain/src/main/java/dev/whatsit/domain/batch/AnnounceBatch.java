package dev.whatsit.domain.batch;

import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;

/** Publishes the completion event of a batch that has a callback. Thread-safe. */
public final class AnnounceBatch {
  private final MessageQueue queue;

  public AnnounceBatch(MessageQueue queue) {
    this.queue = queue;
  }

  /** The subject of a batch's callback; a batch has one run. */
  public static Subject subject(BatchId id) {
    return new Subject(id.text(), 1);
  }

  /**
   * Publishes the completion event of a batch if {@link Batch#announceDue} is set.
   *
   * @throws TransientFailure if it is not known whether the event was published; {@code
   *     announceDue} stays set, and the sweep publishes the event again
   */
  public void announce(Batch batch) {
    if (batch.announceDue()) {
      queue.publish(Topic.RESULTS, ResultMessage.toAll(subject(batch.id())).toMessage());
    }
  }
}
