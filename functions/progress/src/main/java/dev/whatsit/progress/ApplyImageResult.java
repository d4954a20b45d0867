package dev.whatsit.progress;

import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchProgress;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.events.ResultHandler;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Applies the completion of an image's work to the batch items that wait for it. The result is
 * taken from the record, not from the message, which may be old. Thread-safe.
 */
final class ApplyImageResult extends ResultHandler {
  private static final EventLog LOG = EventLog.of(ApplyImageResult.class);

  private final RecordStore records;
  private final BatchStore batches;
  private final BatchProgress progress;
  private final AnnounceBatch announce;
  private final Clock clock;

  ApplyImageResult(RecordStore records, BatchStore batches, AnnounceBatch announce, Clock clock) {
    this.records = records;
    this.batches = batches;
    this.progress = new BatchProgress(batches);
    this.announce = announce;
    this.clock = clock;
  }

  @Override
  protected void handle(ResultMessage message, Labels labels) {
    Optional<ImageHash> image = message.subject().image();
    if (message.callback() != null || image.isEmpty()) {
      // For one callback, which notify delivers, or about the completion of a batch.
      return;
    }
    Instant now = clock.instant();
    Optional<ImageRecord> record = records.find(image.get(), now);
    if (record.isPresent() && !record.get().status().isFinal()) {
      // A new run began before the result reached the items, perhaps after all other subscribers
      // were notified. Then the new run may not be marked as having subscribers.
      if (batches.waitingFor(image.get(), 1).isEmpty()) {
        LOG.info("under way, and no item waits", labels);
        return;
      }
      record = records.watchCurrentRun(image.get(), now);
    }
    if (record.isEmpty()) {
      LOG.info("no record", labels);
      return;
    }
    List<Batch> completed = progress.follow(record.get(), now);
    completed.forEach(announce::announce);
    LOG.info("followed", labels.and("batches_completed", completed.size()));
  }
}
