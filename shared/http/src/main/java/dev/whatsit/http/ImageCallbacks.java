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
 * An image's record and the callbacks of one of its runs.
 *
 * @param record the image's record
 * @param run the latest run that has callbacks, or the latest run when none has any: a retry does
 *     not hide the deliveries of earlier runs
 * @param callbacks those of that run, the oldest first
 */
public record ImageCallbacks(ImageRecord record, int run, List<Callback> callbacks) {
  /** How many of the latest runs are searched, each by one call of the callback store. */
  private static final int MAX_RUNS = 10;

  /** Above the limit of callbacks per run, which concurrent registrations can exceed by a few. */
  private static final int MAX_CALLBACKS = 100;

  /** Copies the callbacks. */
  public ImageCallbacks {
    callbacks = List.copyOf(callbacks);
  }

  /**
   * Reads the record of the image that the path names, and its callbacks: one call of the record
   * store, and one call of the callback store for each run searched.
   *
   * @throws ProblemException 400 if the path names no image, 404 if the image is not known
   * @throws TransientFailure if a store cannot be reached
   */
  public static ImageCallbacks find(
      ApiRequest request, RecordStore records, CallbackStore callbacks, Instant now) {
    ImageHash hash = request.imageHash();
    ImageRecord record =
        records.find(hash, now).orElseThrow(() -> new ProblemException(Problems.imageNotFound()));
    int first = Math.max(1, record.run() - MAX_RUNS + 1);
    for (int run = record.run(); run >= first; run--) {
      List<Callback> found =
          callbacks.list(Subject.of(hash, run), CallbackKind.WEBHOOK, MAX_CALLBACKS, now);
      if (!found.isEmpty()) {
        return new ImageCallbacks(record, run, found);
      }
    }
    return new ImageCallbacks(record, record.run(), List.of());
  }
}
