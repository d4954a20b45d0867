package dev.whatsit.domain.record;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import java.time.Instant;
import java.util.Optional;

/**
 * Subscribes to the completion of an image's work, after the caller has stored the subscriber where
 * the completion handler finds it: either the record is already final, or it is marked as having a
 * subscriber, so that its completion event is published. In this order no completion is missed.
 * Thread-safe.
 */
public final class AwaitEnd {
  /** If more runs start during one call, the completion is announced only after a sweep. */
  private static final int MAX_RUNS = 3;

  private final RecordStore records;

  public AwaitEnd(RecordStore records) {
    this.records = records;
  }

  /**
   * The current record: it is final, or its completion event will be published. Reads the store
   * once; when the record is not final, also marks it by {@link RecordStore#watch}.
   *
   * @return empty when there is none
   * @throws TransientFailure if it is not known whether the record was marked; the call may be
   *     repeated
   */
  public Optional<ImageRecord> await(ImageHash hash, Instant now) {
    return records.find(hash, now).flatMap(record -> await(record, now));
  }

  /**
   * As {@link #await(ImageHash, Instant)}, for a record that was just read; this saves one read.
   *
   * @return empty when the record no longer exists
   * @throws TransientFailure if it is not known whether the record was marked; the call may be
   *     repeated
   */
  public Optional<ImageRecord> await(ImageRecord seen, Instant now) {
    ImageRecord record = seen;
    for (int i = 0; i < MAX_RUNS && !record.status().isFinal(); i++) {
      int run = record.run();
      Optional<ImageRecord> told = records.watch(record.hash(), run, now);
      if (told.isEmpty() || told.get().run() == run) {
        return told;
      }
      // The run ended and a new one began in between.
      record = told.get();
    }
    return Optional.of(record);
  }
}
