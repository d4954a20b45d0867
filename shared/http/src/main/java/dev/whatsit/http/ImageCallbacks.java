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
 * An image and who is told of its end.
 *
 * @param record of the image
 * @param run the latest that has callbacks, or the latest when none has any: a retry does not hide
 *     what was tried before it
 * @param callbacks those of that run, the eldest first
 */
public record ImageCallbacks(ImageRecord record, int run, List<Callback> callbacks) {
  /** How many runs are looked at, each by one port call. */
  private static final int MAX_RUNS = 10;

  /** More than a run can have, but for what registrations in the same moment let in. */
  private static final int MAX_CALLBACKS = 100;

  /** Takes a copy of the callbacks. */
  public ImageCallbacks {
    callbacks = List.copyOf(callbacks);
  }

  /**
   * Reads them of the image that the path names: by two port calls, and one for each later run that
   * has none.
   *
   * @throws ProblemException 400 if the path names no image, 404 if it is not known
   * @throws TransientFailure if a store cannot be reached
   */
  public static ImageCallbacks find(
      Exchange exchange, RecordStore records, CallbackStore callbacks, Instant now) {
    ImageHash hash = exchange.imageHash();
    ImageRecord record =
        records.find(hash, now).orElseThrow(() -> new ProblemException(Problems.imageNotFound()));
    int first = Math.max(1, record.run() - MAX_RUNS + 1);
    for (int run = record.run(); run >= first; run--) {
      List<Callback> found = callbacks.list(Subject.of(hash, run), CallbackKind.WEBHOOK, MAX_CALLBACKS, now);
      if (!found.isEmpty()) {
        return new ImageCallbacks(record, run, found);
      }
    }
    return new ImageCallbacks(record, record.run(), List.of());
  }
}
