package dev.whatsit.domain.callback;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.ImageRecord;

/**
 * What whoever has written the end of an image's work does next: says so, where somebody is to be
 * told. Asks no port where nobody is. Thread-safe.
 */
public final class PublishImageCompleted {
  private final MessageQueue queue;

  /** With the queue that it publishes to. */
  public PublishImageCompleted(MessageQueue queue) {
    this.queue = queue;
  }

  /**
   * Announces the end of a run if the record says that it is to be announced.
   *
   * @return whether there was something to announce
   * @throws TransientFailure if it is not known that it was announced; the record goes on saying
   *     that it is to be, and the sweep announces it
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
