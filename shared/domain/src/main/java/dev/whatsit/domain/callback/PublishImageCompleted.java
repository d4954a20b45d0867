package dev.whatsit.domain.callback;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.ImageRecord;

/**
 * Publishes the completion event of an image's work, after its final record was written. Makes no
 * remote call when there is no subscriber. Thread-safe.
 */
public final class PublishImageCompleted {
  private final MessageQueue queue;

  public PublishImageCompleted(MessageQueue queue) {
    this.queue = queue;
  }

  /**
   * Publishes the completion event if {@link ImageRecord#announceDue} is set.
   *
   * @return whether an event was published
   * @throws TransientFailure if it is not known whether the event was published; {@code
   *     announceDue} stays set, and the sweep publishes the event again
   */
  public boolean announce(ImageRecord record) {
    if (record.announceDue().isEmpty()) {
      return false;
    }
    queue.publish(
        Topic.RESULTS, ResultMessage.toAll(Subject.of(record.hash(), record.run())).toMessage());
    return true;
  }
}
