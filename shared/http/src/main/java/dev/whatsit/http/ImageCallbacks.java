package dev.whatsit.http;

import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import java.time.Instant;
import java.util.List;

/**
 * An image and who is told of the end of its latest run.
 *
 * @param record of the image
 * @param callbacks those of its latest run, the eldest first
 */
public record ImageCallbacks(ImageRecord record, List<Callback> callbacks) {
  /** More than a run can have, but for what registrations in the same moment let in. */
  private static final int MOST = 100;

  /** Takes a copy of the callbacks. */
  public ImageCallbacks {
    callbacks = List.copyOf(callbacks);
  }

  /**
   * Reads them of the image that the path names, by two port calls.
   *
   * @throws ProblemException 400 if the path names no image, 404 if it is not known
   * @throws TransientFailure if a store cannot be reached
   */
  public static ImageCallbacks find(
      Exchange exchange, RecordStore records, CallbackStore callbacks, Instant now) {
    ImageHash hash = exchange.imageHash();
    ImageRecord record =
        records.find(hash, now).orElseThrow(() -> new ProblemException(Problems.imageNotFound()));
    Subject run = Subject.of(hash, record.run());
    return new ImageCallbacks(record, callbacks.list(run, CallbackKind.WEBHOOK, MOST, now));
  }
}
