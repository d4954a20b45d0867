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
 * One message, at least once, in any order, twice at the same time: claim, classify, finish. Says
 * {@link AckResult#RETRY} whenever this delivery may be the last that knows of the work. Thread-safe.
 */
final class ClassifyImage implements MessageHandler {
  /** Records may be gone after 30 days; a message this old without one has outlived its work. */
  static final Duration OLDEST_WITHOUT_RECORD = Duration.ofDays(21);

  /** Quotas and ceilings are of a month at the most, but nobody waits for longer than this. */
  static final Duration MAX_DEFERRAL = Duration.ofDays(7);

  /** What is due within this time comes again by its own message. */
  static final Duration BROUGHT_AGAIN = Duration.ofSeconds(10);

  private static final EventLog LOG = EventLog.of(ClassifyImage.class);

  private final RecordStore records;
  private final MessageQueue queue;
  private final Classifier classifier;
  private final PublishImageCompleted announceEnd;
  private final int maxAttempts;
  private final Duration lease;
  private final Clock clock;

  ClassifyImage(
      RecordStore records,
      MessageQueue queue,
      Classifier classifier,
      PublishImageCompleted announceEnd,
      int maxAttempts,
      Duration lease,
      Clock clock) {
    this.records = records;
    this.queue = queue;
    this.classifier = classifier;
    this.announceEnd = announceEnd;
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
    if (message.submittedAt().isBefore(now.minus(OLDEST_WITHOUT_RECORD))
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
      // Held by another message, that one carries the work and comes again if its holder dies.
      // Held by this message, nobody else would.
      return held.bySameMessage() ? AckResult.RETRY : AckResult.ACKNOWLEDGE;
    }
    LOG.info("nothing to do", labels.and("claim", claim.getClass().getSimpleName()));
    if (claim instanceof ClaimResult.Finished finished) {
      // Whoever wrote the end may have died before it was announced.
      announceEnd.announce(finished.record());
    } else if (claim instanceof ClaimResult.CancelRequested canceled) {
      announceEnd.announce(canceled.record());
    }
    if (claim instanceof ClaimResult.NotDue early
        && early.dueAt().isBefore(now.plus(BROUGHT_AGAIN))) {
      // The message of that very instant, by a clock ahead of ours: it is not to wait for the
      // sweep,
      // which brings all that comes earlier.
      return AckResult.RETRY;
    }
    return AckResult.ACKNOWLEDGE;
  }

  /** Keeps a message that nobody will ever be able to read where an operator finds it. */
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
      // Every earlier claim was granted and never ended: the image may be killing the process.
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
      // What is not known to be permanent is tried again, until the attempts are used up.
      if (record.attempts() >= maxAttempts) {
        return exhausted(received, claim, attempt, e);
      }
      LOG.warning("will be tried again", attempt, e);
      if (records.release(claim, clock.instant()) instanceof FinishResult.Written released) {
        announceEnd.announce(released.record());
      }
      return AckResult.RETRY;
    }
    Instant now = clock.instant();
    Labels result =
        attempt
            .and("labels", classification.annotations().size())
            .and("ms", Duration.between(record.updatedAt(), now).toMillis());
    if (record.run() == 1) {
      // Of a later run it would tell how long nobody asked for a retry.
      result =
          result.and("since_submission_ms", Duration.between(record.createdAt(), now).toMillis());
    }
    return finish(claim, new Outcome.Classified(classification), result);
  }

  /**
   * The record carries the work from now on, until it is due and the sweep puts a message in. Work
   * that was put off for too long ends, so that its sender learns of it.
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
        LOG.info("canceled while it was put off", reason);
        announceEnd.announce(written.record());
      } else {
        LOG.warning("put off", reason.and("until", until), why);
      }
      return AckResult.ACKNOWLEDGE;
    }
    return superseded(labels);
  }

  /** First the dead letter, then the record, then the acknowledgement: who dies between repeats. */
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
      // A failure here brings the message again, which finds the work finished.
      announceEnd.announce(written.record());
      return AckResult.ACKNOWLEDGE;
    }
    return superseded(labels);
  }

  /**
   * A newer claim has the work. Should its holder die, this message may be all that is left of it;
   * when it has not, the next delivery finds the work finished.
   */
  private static AckResult superseded(Labels labels) {
    LOG.warning("superseded", labels, null);
    return AckResult.RETRY;
  }
}
