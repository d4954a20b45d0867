package dev.whatsit.sweep;

import dev.whatsit.domain.callback.PublishImageCompleted;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Requeues stalled image work, and publishes completions again that were not announced.
 * Thread-safe.
 */
final class SweepOverdue {
  /**
   * The tolerated clock difference between two machines. A message for work that is due this very
   * moment could be claimed on a machine where the work is not due yet, and acked; the record would
   * not be checked again for an hour.
   */
  private static final Duration CLOCKS_DIFFER = Duration.ofSeconds(1);

  private static final EventLog LOG = EventLog.of(SweepOverdue.class);

  private final RecordStore records;
  private final MessageQueue queue;
  private final PublishImageCompleted publishImageCompleted;
  private final int limit;
  private final Duration time;
  private final Clock clock;

  /**
   * Creates the use case.
   *
   * @param limit the maximum number of records in one sweep, at least 1
   * @param time after this no further record is started
   */
  SweepOverdue(
      RecordStore records,
      MessageQueue queue,
      PublishImageCompleted publishImageCompleted,
      int limit,
      Duration time,
      Clock clock) {
    this.records = records;
    this.queue = queue;
    this.publishImageCompleted = publishImageCompleted;
    this.limit = limit;
    this.time = time;
    this.clock = clock;
  }

  /**
   * Sweeps once.
   *
   * @throws TransientFailure if the records cannot be read; nothing was changed
   */
  SweepResult sweep(Deadline deadline) {
    Instant begun = clock.instant();
    Instant end = begun.plus(time);
    // One more than the limit, to know whether there are more.
    List<ImageRecord> overdue = records.overdue(begun.minus(CLOCKS_DIFFER), limit + 1);
    SweepResult swept =
        SweepResult.each(overdue, limit, end, deadline, record -> isPublished(record, deadline));
    swept.log(LOG, "swept");
    return swept;
  }

  private boolean isPublished(ImageRecord record, Deadline deadline) {
    Labels labels =
        Labels.of("image_hash", record.hash())
            .and("run", record.run())
            .and("image_status", record.status().word());
    try {
      // Published first, then noted: a crash in between only causes a duplicate message, which its
      // claim detects. In the other order, the record would say that its work is in the queue, and
      // would not be checked again for an hour.
      String messageId =
          publishImageCompleted.announce(record)
              ? ""
              : queue.publish(Topic.WORK, record.message().toMessage());
      deadline.check();
      if (records.requeued(record, messageId, clock.instant())) {
        LOG.info("published again", labels.and("message_id", messageId));
      } else {
        LOG.info("changed meanwhile", labels.and("message_id", messageId));
      }
      return true;
    } catch (RuntimeException e) {
      // A failure of one record must not stop the others.
      LOG.warning("cannot publish again", labels, e);
      return false;
    }
  }
}
