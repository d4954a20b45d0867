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
 * Finds work that nobody carries any more and puts it into the queue again, and ends of which
 * nobody was told and announces them again. Thread-safe.
 */
final class SweepOverdue {
  /**
   * By how much the clocks of two machines may differ. A message for what is due this very moment
   * could be claimed where it is not yet due, and acknowledged; for an hour nobody would look
   * again.
   */
  private static final Duration CLOCKS_DIFFER = Duration.ofSeconds(1);

  private static final EventLog LOG = EventLog.of(SweepOverdue.class);

  private final RecordStore records;
  private final MessageQueue queue;
  private final PublishImageCompleted announceEnd;
  private final int limit;
  private final Duration time;
  private final Clock clock;

  /**
   * A sweep.
   *
   * @param limit how many records at most, at least 1
   * @param time after how long no further record is begun
   */
  SweepOverdue(
      RecordStore records,
      MessageQueue queue,
      PublishImageCompleted announceEnd,
      int limit,
      Duration time,
      Clock clock) {
    this.records = records;
    this.queue = queue;
    this.announceEnd = announceEnd;
    this.limit = limit;
    this.time = time;
    this.clock = clock;
  }

  /**
   * Sweeps once.
   *
   * @throws TransientFailure if the records cannot be read; nothing was done
   */
  SweepResult sweep(Deadline deadline) {
    Instant begun = clock.instant();
    Instant end = begun.plus(time);
    // One more than is taken up, to see whether there is more.
    List<ImageRecord> overdue = records.overdue(begun.minus(CLOCKS_DIFFER), limit + 1);
    SweepResult swept =
        SweepResult.each(overdue, limit, end, deadline, record -> isPublished(record, deadline));
    swept.tell(LOG, "swept");
    return swept;
  }

  private boolean isPublished(ImageRecord record, Deadline deadline) {
    Labels labels =
        Labels.of("image_hash", record.hash())
            .and("run", record.run())
            .and("image_status", record.status().word());
    try {
      // Published first and noted then: who dies between leaves a message too many, which its claim
      // tells. The other way round the record would say that its work is in the queue, and for an
      // hour nobody would look again.
      String messageId =
          announceEnd.announce(record)
              ? ""
              : queue.publish(Topic.WORK, record.message().toMessage());
      deadline.check();
      if (records.requeued(record, messageId, clock.instant())) {
        LOG.info("published again", labels.and("message_id", messageId));
      } else {
        LOG.info("went on meanwhile", labels.and("message_id", messageId));
      }
      return true;
    } catch (RuntimeException e) {
      // Whatever is wrong with this one, the others shall not wait for it.
      LOG.warning("cannot publish again", labels, e);
      return false;
    }
  }
}
