package dev.whatsit.progress;

import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchProgress;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.domain.record.AwaitEnd;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.events.Disposition;
import dev.whatsit.events.MessageHandler;
import dev.whatsit.events.ReceivedMessage;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One message about the end of an image's work: the items that wait for it end as the record says,
 * not the message, which may be old. Safe for use by several threads.
 */
final class FollowImages implements MessageHandler {
  private static final EventLog LOG = EventLog.of(FollowImages.class);

  private final RecordStore records;
  private final AwaitEnd awaitEnd;
  private final BatchStore batches;
  private final BatchProgress progress;
  private final AnnounceBatch announce;
  private final Clock clock;

  FollowImages(RecordStore records, BatchStore batches, AnnounceBatch announce, Clock clock) {
    this.records = records;
    this.awaitEnd = new AwaitEnd(records);
    this.batches = batches;
    this.progress = new BatchProgress(batches);
    this.announce = announce;
    this.clock = clock;
  }

  @Override
  public Disposition handle(ReceivedMessage received) {
    ResultMessage message;
    try {
      message = ResultMessage.fromAttributes(received.attributes());
    } catch (UnreadableMessage e) {
      return unreadable(received, e);
    }
    Optional<ImageHash> image = message.subject().image();
    if (message.callback() != null || image.isEmpty()) {
      // To one who is told by somebody else, or about the end of a batch.
      return Disposition.ACKNOWLEDGE;
    }
    Labels labels =
        Labels.of("image_hash", image.get())
            .and("run", message.subject().run())
            .and("message_id", received.messageId())
            .inTrace(message.trace() == null ? null : message.trace().traceId());
    Instant now = clock.instant();
    Optional<ImageRecord> record = records.find(image.get(), now);
    if (record.isPresent() && !record.get().status().isFinal()) {
      // It was run again before its items were told, and perhaps after all others were: then
      // nobody has told the new run that somebody waits.
      if (batches.waitingFor(image.get(), 1).isEmpty()) {
        LOG.info("goes on, and nobody waits", labels);
        return Disposition.ACKNOWLEDGE;
      }
      record = awaitEnd.await(record.get(), now);
    }
    if (record.isEmpty()) {
      LOG.info("no record", labels);
      return Disposition.ACKNOWLEDGE;
    }
    List<Batch> completed = progress.follow(record.get(), now);
    completed.forEach(announce::announce);
    LOG.info("followed", labels.and("batches_completed", completed.size()));
    return Disposition.ACKNOWLEDGE;
  }

  /** No delivery will make it readable, and each item says itself when to look at it again. */
  @Override
  public Disposition unreadable(ReceivedMessage received, UnreadableMessage why) {
    LOG.error("unreadable result", Labels.of("message_id", received.messageId()), why);
    return Disposition.ACKNOWLEDGE;
  }
}
