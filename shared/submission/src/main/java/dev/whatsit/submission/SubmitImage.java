package dev.whatsit.submission;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.queue.WorkQueue;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The order of steps that loses nothing: bytes, then message, then record. Whoever dies between two
 * of them leaves either an object that nobody was promised, or a message that carries all that is
 * needed. Asks one port for a known image and four for a new one. Safe for use by several threads.
 */
public final class SubmitImage {
  private final ImageStore images;
  private final WorkQueue queue;
  private final RecordStore records;

  /** With the three ports that an upload needs. */
  public SubmitImage(ImageStore images, WorkQueue queue, RecordStore records) {
    this.images = images;
    this.queue = queue;
    this.records = records;
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
   * @return the image's record: the one written, or the one that another submission of the same
   *     bytes wrote first
   * @throws TransientFailure if a port cannot be reached; the same submission may be repeated
   */
  public ImageRecord submit(
      ImageDescription image, ImageBytes bytes, @Nullable TraceParent trace, Instant now) {
    images.putIfAbsent(image, bytes);
    String messageId = queue.publish(new WorkMessage(image, 1, now, trace));
    return records.createIfAbsent(ImageRecord.queued(image, messageId, now), now).record();
  }
}
