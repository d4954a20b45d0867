package dev.whatsit.submission;

import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.document.Query;
import dev.whatsit.domain.failure.LimitReached;
import dev.whatsit.domain.failure.UsageLimit;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/** The limit of the work that waits: {@code MAX_QUEUED}. */
public final class QueueLimit {
  /** The name of the setting. */
  public static final String SETTING = "MAX_QUEUED";

  /** As many as one call counts. */
  public static final int MAX = Query.MAX_LIMIT;

  private static final Duration MAX_AGE = Duration.ofSeconds(5);

  private QueueLimit() {}

  /**
   * Reads {@code MAX_QUEUED}: 1 to {@value #MAX}, 0 (no limit) when it is not set. A wrong value is
   * noted in the settings.
   */
  public static int read(Settings settings) {
    return (int) settings.integer(SETTING, 0, 0, MAX);
  }

  /** Limits queued images, which are counted in one call every five seconds. */
  public static UsageLimit ofImages(int max, RecordStore records, InstantSource clock) {
    return of(max, () -> records.queued(max), clock);
  }

  /**
   * Limits queued images, and the open items of batches, each counted in one call every five
   * seconds: an item may become an image that is queued.
   */
  public static UsageLimit ofBatches(
      int max, RecordStore records, BatchStore batches, InstantSource clock) {
    return of(max, () -> Math.max(records.queued(max), batches.openItems(max)), clock);
  }

  private static UsageLimit of(int max, LongSupplier count, InstantSource clock) {
    return new UsageLimit(LimitReached.Kind.QUEUE, max, MAX_AGE, count, clock);
  }
}
