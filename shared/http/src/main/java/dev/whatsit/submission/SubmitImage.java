package dev.whatsit.submission;

import dev.whatsit.domain.failure.LimitReached;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.failure.UsageLimit;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.AdvanceResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.PublishPending;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.Status;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Submits an image in an order of steps that loses no work: store the bytes, publish the message,
 * create the record. A crash between two steps leaves either an object that no response has
 * mentioned, or a message that carries all that the record needs. Calls one port for a known image
 * and four for a new one; with a limit of the queue one more now and then. Thread-safe.
 *
 * <p>The order for scheduled work is bytes, record, message. The record alone guarantees the work,
 * because the sweep finds work that is due; the message only makes it start to the second. A
 * message that is published first could be delivered before the record exists, and be acked.
 */
public final class SubmitImage {
  private static final EventLog LOG = EventLog.of(SubmitImage.class);

  private final ImageStore images;
  private final MessageQueue queue;
  private final RecordStore records;
  private final UsageLimit queueLimit;
  private final PublishPending publishPending;

  /**
   * With the ports that an upload needs.
   *
   * @param queueLimit limits the images in the queue, as {@link QueueLimit} creates it
   */
  public SubmitImage(
      ImageStore images, MessageQueue queue, RecordStore records, UsageLimit queueLimit) {
    this.queueLimit = queueLimit;
    this.images = images;
    this.queue = queue;
    this.records = records;
    this.publishPending = new PublishPending(records, queue);
  }

  /**
   * The record of an image that was submitted before, whatever its status.
   *
   * @throws TransientFailure if the record store cannot be reached
   */
  public Optional<ImageRecord> known(ImageHash hash, Instant now) {
    return records.find(hash, now);
  }

  /**
   * Checks that the queue is not full, before work is spent on an image that may be new.
   *
   * @throws LimitReached if it is
   */
  public void requireRoom() {
    queueLimit.check();
  }

  /**
   * Stores a new image and guarantees that it is processed.
   *
   * @param trace the trace of the request, passed on with the work; null without tracing
   * @param dueAt when the work may start, after {@code now}; null for at once
   * @return the image's record: the one written, or the one that another submission of the same
   *     bytes wrote first
   * @throws LimitReached if the queue is full, or the image store is; nothing was stored
   * @throws TransientFailure if a port cannot be reached; the same submission may be repeated
   */
  public ImageRecord submit(
      ImageDescription image,
      ImageBytes bytes,
      @Nullable TraceParent trace,
      @Nullable Instant dueAt,
      Instant now) {
    ImageRecord record;
    // Scheduled work is not in the queue before it is due.
    try (UsageLimit.Grant place = queueLimit.grant(dueAt == null ? 1 : 0)) {
      images.putIfAbsent(image, bytes);
      ImageRecord first =
          dueAt == null
              ? ImageRecord.queued(image, publish(image, trace, now), now)
              : ImageRecord.scheduled(image, dueAt, now);
      record = records.createIfAbsent(first, now);
      place.use();
    }
    return again(record, trace, dueAt, now);
  }

  /**
   * Applies a duplicate submission to a record: work that is scheduled for later than this
   * submission asks for is moved to the earlier time. Nothing else changes.
   *
   * @param trace the trace of the request; null without tracing
   * @param dueAt when the work may start, after {@code now}; null for at once
   * @return the record after the change
   * @throws TransientFailure if a port cannot be reached; the same submission may be repeated
   */
  public ImageRecord again(
      ImageRecord record, @Nullable TraceParent trace, @Nullable Instant dueAt, Instant now) {
    Instant due = record.dueAt();
    if (record.status() != Status.SCHEDULED || due == null) {
      return record;
    }
    Instant wanted = dueAt == null ? now : dueAt;
    if (wanted.equals(due)) {
      // Scheduled by this submission, or by one that may have crashed before it published the
      // message.
      putForLater(record, due, trace);
      return record;
    }
    if (wanted.isAfter(due)) {
      return record;
    }
    AdvanceResult result = records.advance(record.hash(), wanted, now);
    if (result instanceof AdvanceResult.Unchanged unchanged) {
      return unchanged.record();
    }
    if (!(result instanceof AdvanceResult.Advanced advanced)) {
      throw new TransientFailure("the record of " + record.hash() + " has gone meanwhile");
    }
    ImageRecord earlier = advanced.record();
    Instant earlierDue = earlier.dueAt();
    if (earlierDue == null) {
      return publish(earlier, trace, now);
    }
    putForLater(earlier, earlierDue, trace);
    return earlier;
  }

  private String publish(ImageDescription image, @Nullable TraceParent trace, Instant now) {
    return queue.publish(Topic.WORK, new WorkMessage(image, 1, now, trace).toMessage());
  }

  /**
   * Publishes the message of a pending record. If that fails, the sweep publishes it, because the
   * record is already stored as pending.
   */
  private ImageRecord publish(ImageRecord pending, @Nullable TraceParent trace, Instant now) {
    try {
      return publishPending.publish(pending, trace, now);
    } catch (TransientFailure e) {
      LOG.warning("starts once it is swept", labels(pending), e);
      return pending;
    }
  }

  private void putForLater(ImageRecord record, Instant dueAt, @Nullable TraceParent trace) {
    WorkMessage message = new WorkMessage(record.image(), record.run(), record.createdAt(), trace);
    try {
      queue.publish(Topic.WORK, List.of(message.toMessage()), dueAt);
    } catch (TransientFailure e) {
      LOG.warning("starts once it is due and swept", labels(record), e);
    }
  }

  private static Labels labels(ImageRecord record) {
    return Labels.of("image_hash", record.hash()).and("run", record.run());
  }
}
