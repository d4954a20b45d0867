package dev.whatsit.domain.record;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.queue.WorkMessage;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The second half of starting another run: after {@link RecordStore#retry} the record says that
 * there is work, now the message is put into the queue and then noted. Who dies on the way leaves a
 * record that is {@code pending}, which {@link RecordStore#overdue} finds. Thread-safe.
 */
public final class PublishPending {
  private final RecordStore records;
  private final MessageQueue queue;

  /** With the two ports that it needs. */
  public PublishPending(RecordStore records, MessageQueue queue) {
    this.records = records;
    this.queue = queue;
  }

  /**
   * Puts the message of a pending record's run into the queue.
   *
   * @param trace where it was asked for, which goes with the work; null when nobody traces
   * @return the record as it then stands, unless its work has gone on already
   * @throws TransientFailure if it is not known whether both steps were done; the record is still
   *     {@code pending} or its work goes on, and the call may be repeated
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
