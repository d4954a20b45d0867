package dev.whatsit.submission;

import dev.whatsit.domain.failure.TransientFailure;
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
 * The order of steps that loses nothing: bytes, then message, then record. Whoever dies between two
 * of them leaves either an object that nobody was promised, or a message that carries all that is
 * needed. Asks one port for a known image and four for a new one. Thread-safe.
 *
 * <p>Work for later goes bytes, then record, then message: the record alone makes it certain, since
 * the sweep looks for what is due, and the message only makes it start to the second. A message
 * that came first could also come too early for the record, and be acknowledged.
 */
public final class SubmitImage {
  private static final EventLog LOG = EventLog.of(SubmitImage.class);

  private final ImageStore images;
  private final MessageQueue queue;
  private final RecordStore records;
  private final PublishPending publishPending;

  /** With the ports that an upload needs. */
  public SubmitImage(ImageStore images, MessageQueue queue, RecordStore records) {
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
   * Stores a new image and makes its work certain.
   *
   * @param trace where it was asked for, which goes with the work; null when nobody traces
   * @param dueAt when the work may start, after {@code now}; null for at once
   * @return the image's record: the one written, or the one that another submission of the same
   *     bytes wrote first
   * @throws TransientFailure if a port cannot be reached; the same submission may be repeated
   */
  public ImageRecord submit(
      ImageDescription image,
      ImageBytes bytes,
      @Nullable TraceParent trace,
      @Nullable Instant dueAt,
      Instant now) {
    images.putIfAbsent(image, bytes);
    ImageRecord first =
        dueAt == null
            ? ImageRecord.queued(image, publish(image, trace, now), now)
            : ImageRecord.scheduled(image, dueAt, now);
    return again(records.createIfAbsent(first, now), trace, dueAt, now);
  }

  /**
   * What one more submission changes of a record: work that is scheduled for later than this one
   * asks for starts then. Nothing else.
   *
   * @param trace where it was asked for; null when nobody traces
   * @param dueAt when the work may start, after {@code now}; null for at once
   * @return the record as it then stands
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
      // Its own, or that of one who may have died before the message.
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

  /** Whatever becomes of the message, the record has said that there is work: the sweep sees it. */
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
