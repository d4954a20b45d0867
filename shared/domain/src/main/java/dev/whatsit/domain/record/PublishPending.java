package dev.whatsit.domain.record;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.queue.WorkMessage;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the work message of a {@code pending} record and then marks the record {@code queued}:
 * the second half of starting a run, after {@link RecordStore#retry} or {@link
 * RecordStore#advance}. After a crash in between the record is still {@code pending}, and {@link
 * RecordStore#overdue} finds it. Thread-safe.
 */
public final class PublishPending {
  private final RecordStore records;
  private final MessageQueue queue;

  public PublishPending(RecordStore records, MessageQueue queue) {
    this.records = records;
    this.queue = queue;
  }

  /**
   * Publishes the work message of a pending record's run.
   *
   * @param trace trace context of the request, sent with the message; null without tracing
   * @return the {@code queued} record as this call computes it; another writer may have changed the
   *     stored one
   * @throws TransientFailure if it is not known whether both steps were done. The record is then
   *     still {@code pending} or its work has continued; the call may be repeated.
   */
  public ImageRecord publish(ImageRecord pending, @Nullable TraceParent trace, Instant now) {
    String messageId =
        queue.publish(
            Topic.WORK,
            new WorkMessage(pending.image(), pending.run(), pending.createdAt(), trace)
                .toMessage());
    records.confirmQueued(pending.hash(), pending.run(), messageId, now);
    return pending.confirmedQueued(pending.run(), messageId, now).orElse(pending);
  }
}
