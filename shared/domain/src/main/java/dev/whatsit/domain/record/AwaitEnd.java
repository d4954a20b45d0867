package dev.whatsit.domain.record;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import java.time.Instant;
import java.util.Optional;

/**
 * What whoever waits for the end of an image's work does, once it is written where they are found:
 * either the record has ended, or it is told that somebody waits, so that its end is announced. In
 * this order no end falls between. Thread-safe.
 */
public final class AwaitEnd {
  /** Somebody who runs an image again more often in that moment waits until it is swept. */
  private static final int MAX_RUNS = 3;

  private final RecordStore records;

  /** Over this store. */
  public AwaitEnd(RecordStore records) {
    this.records = records;
  }

  /**
   * The record as it stands: it has ended, or its end will be announced. Asks the store once when
   * it has ended, twice when it goes on.
   *
   * @return empty when there is none
   * @throws TransientFailure if it is not known whether it was told; the call may be repeated
   */
  public Optional<ImageRecord> await(ImageHash hash, Instant now) {
    return records.find(hash, now).flatMap(record -> await(record, now));
  }

  /**
   * The same of a record that was just read, which saves that read.
   *
   * @return empty when there is none any more
   * @throws TransientFailure if it is not known whether it was told; the call may be repeated
   */
  public Optional<ImageRecord> await(ImageRecord seen, Instant now) {
    ImageRecord record = seen;
    for (int i = 0; i < MAX_RUNS && !record.status().isFinal(); i++) {
      int run = record.run();
      Optional<ImageRecord> told = records.watch(record.hash(), run, now);
      if (told.isEmpty() || told.get().run() == run) {
        return told;
      }
      // It ended and was begun anew in between.
      record = told.get();
    }
    return Optional.of(record);
  }
}
