package dev.whatsit.deadletter;

import dev.whatsit.domain.callback.PublishImageCompleted;
import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.FinishResult;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.events.AckResult;
import dev.whatsit.events.MessageHandler;
import dev.whatsit.events.ReceivedMessage;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Clock;

/**
 * Ends the work of a dead letter with an error, so that subscribers learn that it has stopped.
 * Newer and finished work stays as it is: a later run; a final record, for example of a dead letter
 * that classify itself published; work under a live lease, which its holder ends or the sweep
 * requeues.
 *
 * <p>The dead letter itself is never removed: operators can still list and replay it. Thread-safe.
 */
final class DeadLetterHandler implements MessageHandler {
  private static final EventLog LOG = EventLog.of(DeadLetterHandler.class);

  private static final WorkError ERROR =
      new WorkError(
          FailureCodes.GIVEN_UP,
          "The work was started several times and never completed. Request a retry later.",
          true);

  private final RecordStore records;
  private final PublishImageCompleted publishImageCompleted;
  private final Clock clock;

  DeadLetterHandler(RecordStore records, PublishImageCompleted publishImageCompleted, Clock clock) {
    this.records = records;
    this.publishImageCompleted = publishImageCompleted;
    this.clock = clock;
  }

  @Override
  public AckResult handle(ReceivedMessage letter) {
    WorkMessage message;
    try {
      message = WorkMessage.fromAttributes(letter.attributes());
    } catch (UnreadableMessage e) {
      return unreadable(letter, e);
    }
    Labels labels =
        labels(letter).and("image_hash", message.image().hash()).and("run", message.run());
    FinishResult result =
        records.deadLettered(message.image().hash(), message.run(), ERROR, clock.instant());
    if (result instanceof FinishResult.Written written) {
      LOG.error("given up", labels, null);
      publishImageCompleted.announce(written.record());
    } else {
      LOG.info("dead letter of work that has ended or continues", labels);
    }
    return AckResult.ACKNOWLEDGE;
  }

  /** Acks, because no redelivery makes it readable, and logs the reason for an operator. */
  @Override
  public AckResult unreadable(ReceivedMessage letter, UnreadableMessage why) {
    LOG.error("unreadable dead letter", labels(letter), why);
    return AckResult.ACKNOWLEDGE;
  }

  private static Labels labels(ReceivedMessage letter) {
    return Labels.of("message_id", letter.messageId())
        .and("reason", letter.attributes().getOrDefault(DeadLetterMessage.REASON, "unknown"));
  }
}
