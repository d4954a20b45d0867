package dev.whatsit.classify;

import dev.whatsit.domain.callback.PublishImageCompleted;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.failure.Deferred;
import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.Deferral;
import dev.whatsit.domain.record.FinishResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.events.AckResult;
import dev.whatsit.events.MessageHandler;
import dev.whatsit.events.ReceivedMessage;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Handles a work message: claims the image, classifies it and finishes its record. Messages arrive
 * at least once, in any order, and concurrently. Returns {@link AckResult#RETRY} whenever this
 * message may be the last one that carries the work. Thread-safe.
 */
final class ClassifyImage implements MessageHandler {
  /**
   * A message older than this without a record is dead-lettered: records may expire after 30 days,
   * so its work has ended.
   */
  static final Duration MAX_AGE_WITHOUT_RECORD = Duration.ofDays(21);

  /**
   * How long work may be deferred in all. Quotas and spending limits may last for a month, but no
   * client should wait longer than this.
   */
  static final Duration MAX_DEFERRAL = Duration.ofDays(7);

  /** A message that arrives at most this long before its work is due is nacked. */
  static final Duration MAX_EARLY_ARRIVAL = Duration.ofSeconds(10);

  private static final EventLog LOG = EventLog.of(ClassifyImage.class);

  private final RecordStore records;
  private final MessageQueue queue;
  private final Classifier classifier;
  private final PublishImageCompleted publishImageCompleted;
  private final int maxAttempts;
  private final Duration lease;
  private final Clock clock;

  ClassifyImage(
      RecordStore records,
      MessageQueue queue,
      Classifier classifier,
      PublishImageCompleted publishImageCompleted,
      int maxAttempts,
      Duration lease,
      Clock clock) {
    this.records = records;
    this.queue = queue;
    this.classifier = classifier;
    this.publishImageCompleted = publishImageCompleted;
    this.maxAttempts = maxAttempts;
    this.lease = lease;
    this.clock = clock;
  }

  @Override
  public AckResult handle(ReceivedMessage received) {
    WorkMessage message;
    try {
      message = WorkMessage.fromAttributes(received.attributes());
    } catch (UnreadableMessage e) {
      return unreadable(received, e);
    }
    Instant now = clock.instant();
    Labels labels =
        Labels.of("image_hash", message.image().hash())
            .and("message_id", received.messageId())
            .and("run", message.run())
            .inTrace(message.trace() == null ? null : message.trace().traceId());
    if (message.submittedAt().isBefore(now.minus(MAX_AGE_WITHOUT_RECORD))
        && records.find(message.image().hash(), now).isEmpty()) {
      deadLetter(received, "older than 21 days and without a record");
      LOG.warning("dead-lettered: too old", labels, null);
      return AckResult.ACKNOWLEDGE;
    }
    String token = UUID.randomUUID().toString();
    ClaimResult claim =
        records.claim(new Claim(message, received.messageId(), token, now, now.plus(lease)));
    if (claim instanceof ClaimResult.Granted granted) {
      return work(received, granted, labels);
    }
    if (claim instanceof ClaimResult.HeldUntil held) {
      LOG.info("held", labels.and("until", held.until()));
      // Another message that holds the claim carries the work, and is redelivered if its handler
      // crashes. If this same message holds the claim, no other message carries the work.
      return held.bySameMessage() ? AckResult.RETRY : AckResult.ACKNOWLEDGE;
    }
    LOG.info("nothing to do", labels.and("claim", claim.getClass().getSimpleName()));
    if (claim instanceof ClaimResult.Finished finished) {
      // The instance that finished the work may have crashed before it published the completion.
      publishImageCompleted.announce(finished.record());
    } else if (claim instanceof ClaimResult.CancelRequested canceled) {
      publishImageCompleted.announce(canceled.record());
    }
    if (claim instanceof ClaimResult.NotDue early
        && early.dueAt().isBefore(now.plus(MAX_EARLY_ARRIVAL))) {
      // This message was scheduled for that instant and arrived early, by a clock ahead of ours.
      // After a nack it is redelivered. Earlier messages are acknowledged: the sweep requeues them.
      return AckResult.RETRY;
    }
    return AckResult.ACKNOWLEDGE;
  }

  /** Dead-letters a message that can never be parsed, so that an operator finds it. */
  @Override
  public AckResult unreadable(ReceivedMessage received, UnreadableMessage why) {
    deadLetter(received, "unreadable: " + why.getMessage());
    LOG.error("dead-lettered: unreadable", Labels.of("message_id", received.messageId()), why);
    return AckResult.ACKNOWLEDGE;
  }

  private void deadLetter(ReceivedMessage received, String reason) {
    queue.publish(
        Topic.DEAD_LETTERS,
        new DeadLetterMessage(received.messageId(), received.attributes(), reason).toMessage());
  }

  private AckResult work(ReceivedMessage received, ClaimResult.Granted claim, Labels labels) {
    ImageRecord record = claim.record();
    Labels attempt = labels.and("attempt", record.attempts());
    if (record.attempts() > maxAttempts) {
      // Every earlier claim was granted and never ended: the image may be crashing the process.
      return exhausted(received, claim, attempt, null);
    }
    Classification classification;
    try {
      classification = classifier.classify(record.image());
    } catch (PermanentFailure e) {
      LOG.warning("failed", attempt.and("code", e.code()), e);
      return finish(claim, new Outcome.Failed(WorkError.of(e)), attempt);
    } catch (Deferred e) {
      return defer(claim, attempt, e);
    } catch (RuntimeException | OutOfMemoryError e) {
      // A failure that is not known to be permanent is retried until the attempts are exhausted.
      if (record.attempts() >= maxAttempts) {
        return exhausted(received, claim, attempt, e);
      }
      LOG.warning("will be tried again", attempt, e);
      if (records.release(claim, clock.instant()) instanceof FinishResult.Written released) {
        publishImageCompleted.announce(released.record());
      }
      return AckResult.RETRY;
    }
    Instant now = clock.instant();
    Labels result =
        attempt
            .and("labels", classification.annotations().size())
            .and("ms", Duration.between(record.updatedAt(), now).toMillis());
    if (record.run() == 1) {
      // In a later run this would include the time until the retry was requested.
      result =
          result.and("since_submission_ms", Duration.between(record.createdAt(), now).toMillis());
    }
    return finish(claim, new Outcome.Classified(classification), result);
  }

  /**
   * Defers the work: from now on only the record carries it, until it is due and the sweep
   * publishes a message. Work deferred for {@link #MAX_DEFERRAL} ends with an error, so that the
   * client learns of it.
   */
  private AckResult defer(ClaimResult.Granted claim, Labels labels, Deferred why) {
    Instant now = clock.instant();
    Labels reason = labels.and("reason", why.reason());
    Deferral deferral = claim.record().deferral();
    if (deferral != null && !deferral.since().plus(MAX_DEFERRAL).isAfter(now)) {
      WorkError error =
          new WorkError(
              FailureCodes.DEFERRED_TOO_LONG,
              "The classifier could not be asked for "
                  + MAX_DEFERRAL.toDays()
                  + " days. Ask for a retry later.",
              true);
      return finish(claim, new Outcome.Failed(error), reason);
    }
    Instant until = now.plus(why.retryAfter());
    FinishResult result = records.defer(claim, why.reason(), until, now);
    if (result instanceof FinishResult.Written written) {
      if (written.record().status().isFinal()) {
        LOG.info("canceled while it was deferred", reason);
        publishImageCompleted.announce(written.record());
      } else {
        LOG.warning("put off", reason.and("until", until), why);
      }
      return AckResult.ACKNOWLEDGE;
    }
    return superseded(labels);
  }

  /**
   * Writes the dead letter first, then the record, then acks: after a crash in between, the
   * redelivery repeats the steps.
   */
  private AckResult exhausted(
      ReceivedMessage received,
      ClaimResult.Granted claim,
      Labels labels,
      @Nullable Throwable cause) {
    String reason =
        "no result after " + maxAttempts + " attempts" + (cause == null ? "" : ": " + cause);
    deadLetter(received, reason);
    LOG.error("dead-lettered: attempts exhausted", labels, cause);
    WorkError error =
        new WorkError(
            FailureCodes.ATTEMPTS_EXHAUSTED,
            "No result after " + maxAttempts + " attempts. Ask for a retry later.",
            true);
    return finish(claim, new Outcome.Failed(error), labels);
  }

  private AckResult finish(ClaimResult.Granted claim, Outcome outcome, Labels labels) {
    FinishResult result = records.finish(claim, outcome, clock.instant());
    if (result instanceof FinishResult.Written written) {
      LOG.info(outcome instanceof Outcome.Classified ? "classified" : "ended", labels);
      // If this fails, the message is redelivered and finds the work finished.
      publishImageCompleted.announce(written.record());
      return AckResult.ACKNOWLEDGE;
    }
    return superseded(labels);
  }

  /**
   * Nacks, because a newer claim holds the work: if its holder crashes, this may be the only
   * message left. Otherwise the next delivery finds the work finished.
   */
  private static AckResult superseded(Labels labels) {
    LOG.warning("superseded", labels, null);
    return AckResult.RETRY;
  }
}
