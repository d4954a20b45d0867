package dev.whatsit.notify;

import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackAttempt;
import dev.whatsit.domain.callback.CallbackClaim;
import dev.whatsit.domain.callback.CallbackClaimResult;
import dev.whatsit.domain.callback.CallbackId;
import dev.whatsit.domain.callback.CallbackStatus;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.Redelivered;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.AttemptOutcome;
import dev.whatsit.domain.failure.CircuitBreaker;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Tells one: claim, send, settle. A claim makes sure that of several at the same moment one sends;
 * who dies after sending leaves a claim that ends, and the message is sent again with the id that
 * it had. Thread-safe.
 */
final class DeliverCallback {
  /** Longer than the longest request, and what is written around it. */
  static final Duration LEASE = Duration.ofSeconds(60);

  /** One try that took no longer leaves time for another in the minute that the function has. */
  private static final Duration LEAVES_TIME = Duration.ofSeconds(25);

  private static final EventLog LOG = EventLog.of(DeliverCallback.class);

  private final CallbackStore callbacks;
  private final WebhookSender sender;
  private final CircuitBreaker servers;
  private final RetrySchedule schedule;
  private final MessageQueue queue;
  private final @Nullable Duration retention;
  private final Clock clock;

  /**
   * Tells them one by one.
   *
   * @param retention how long what is settled is kept; null for good
   */
  DeliverCallback(
      CallbackStore callbacks,
      WebhookSender sender,
      CircuitBreaker servers,
      RetrySchedule schedule,
      MessageQueue queue,
      @Nullable Duration retention,
      Clock clock) {
    this.callbacks = callbacks;
    this.sender = sender;
    this.servers = servers;
    this.schedule = schedule;
    this.queue = queue;
    this.retention = retention;
    this.clock = clock;
  }

  /**
   * Tells the one with this id, if it is due and nobody else does.
   *
   * @throws TransientFailure if it could not be sent for a reason of our own, or it is not known
   *     what was written; the message must come again
   */
  void deliver(CallbackId id, Labels labels) {
    Labels mine = labels.and("callback", id);
    Instant begun = clock.instant();
    if (isAskedAgain(id, mine) && !clock.instant().isAfter(begun.plus(LEAVES_TIME))) {
      // While it was sent; the message about that may have come meanwhile, and found it held. Once:
      // a function has its time, and the sweep brings what is asked for after that.
      isAskedAgain(id, mine);
    }
  }

  /** Tells it once, and says whether somebody asked for it to be told anew meanwhile. */
  private boolean isAskedAgain(CallbackId id, Labels mine) {
    Instant now = clock.instant();
    String token = UUID.randomUUID().toString();
    CallbackClaimResult claim = callbacks.claim(new CallbackClaim(id, token, now, now.plus(LEASE)));
    if (claim instanceof CallbackClaimResult.Granted granted) {
      return send(granted, mine)
          .filter(callback -> callback.redelivery() == Redelivered.ASKED)
          .map(Callback::dueAt)
          .filter(dueAt -> !dueAt.isAfter(clock.instant()))
          .isPresent();
    }
    // Held, the holder or the sweep goes on; not due, it comes when it is.
    LOG.info("callback left alone", mine.and("claim", claim.getClass().getSimpleName()));
    return false;
  }

  /** Gives the callback as it stands then, or empty when somebody else has it. */
  private Optional<Callback> send(CallbackClaimResult.Granted claim, Labels labels) {
    Callback callback = claim.callback();
    Instant now = clock.instant();
    String origin = sender.origin(callback).orElse("");
    // A redelivery asked for by hand is sent even while the circuit is open.
    CircuitBreaker.Permit permit = servers.acquire(origin, now, callback.redelivery() != null);
    Optional<Instant> until = permit.refusedUntil();
    if (until.isPresent()) {
      return putOff(claim, until.get(), labels);
    }
    Sent sent;
    Instant ended;
    try (permit) {
      sent = sender.send(callback, now);
      ended = clock.instant();
      if (sent.httpStatus() != null) {
        permit.succeeded();
      } else if (!sent.isRefused()) {
        permit.failed(ended);
      }
    } catch (RuntimeException e) {
      // A fault of our own, of which the receiver knows nothing.
      release(claim, e);
      throw e;
    }
    long millis = Math.max(0, Duration.between(now, ended).toMillis());
    CallbackAttempt attempt = new CallbackAttempt(now, sent.httpStatus(), sent.code(), millis);
    Labels result =
        labels
            .and("attempt", callback.tries() + 1)
            .and("http_status", sent.httpStatus() == null ? 0 : sent.httpStatus())
            .and("ms", millis);
    if (sent.isReceived()) {
      Optional<Callback> then = settle(claim, settled(CallbackStatus.DELIVERED, attempt));
      LOG.info("callback received", result);
      return then;
    }
    Labels failure = result.and("code", String.valueOf(sent.code()));
    if (sent.isGone()) {
      Optional<Callback> then = settle(claim, settled(CallbackStatus.STOPPED, attempt));
      LOG.warning("callback stopped", failure, null);
      return then;
    }
    Instant since = Objects.requireNonNull(callback.since());
    Optional<Instant> next = schedule.next(callback.tries() + 1, since, sent.retryAfter(), ended);
    if (next.isEmpty()) {
      Optional<Callback> then = settle(claim, settled(CallbackStatus.FAILED, attempt));
      LOG.error("callback given up", failure, null);
      return then;
    }
    Optional<Callback> then = again(claim, next.get(), attempt);
    LOG.warning("callback will be tried again", failure.and("until", next.get()), null);
    return then;
  }

  /** Due at once, for the message that comes again. */
  private void release(CallbackClaimResult.Granted claim, RuntimeException failure) {
    Instant now = clock.instant();
    try {
      settle(claim, new AttemptOutcome.Again(now, now.plus(Callback.CARRIED_WITHIN), null));
    } catch (RuntimeException e) {
      // The lease ends by itself.
      failure.addSuppressed(e);
    }
  }

  /** Not tried, so not counted; but not put off without an end either. */
  private Optional<Callback> putOff(
      CallbackClaimResult.Granted claim, Instant until, Labels labels) {
    if (RetrySchedule.isTooLate(Objects.requireNonNull(claim.callback().since()), until)) {
      CallbackAttempt attempt = new CallbackAttempt(clock.instant(), null, "CIRCUIT_OPEN", 0);
      Optional<Callback> then = settle(claim, settled(CallbackStatus.FAILED, attempt));
      LOG.error("callback given up", labels.and("code", "CIRCUIT_OPEN"), null);
      return then;
    }
    Optional<Callback> then = again(claim, until, null);
    LOG.warning("callback put off", labels.and("until", until), null);
    return then;
  }

  /** First the document, which the sweep finds, then the message that makes it exact. */
  private Optional<Callback> again(
      CallbackClaimResult.Granted claim, Instant dueAt, @Nullable CallbackAttempt attempt) {
    Callback callback = claim.callback();
    // To the second, rounded up: a message must not come before it is due.
    Instant due = dueAt.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
    Instant checkAt = queue.schedules() ? due.plus(Callback.CARRIED_WITHIN) : due;
    Optional<Callback> settled = settle(claim, new AttemptOutcome.Again(due, checkAt, attempt));
    if (settled.isEmpty() || !due.equals(settled.get().dueAt())) {
      return settled;
    }
    ResultMessage message = new ResultMessage(callback.subject(), callback.id(), null);
    try {
      queue.publish(Topic.RESULTS, List.of(message.toMessage()), due);
    } catch (TransientFailure e) {
      LOG.warning("tried again once it is due and swept", Labels.of("callback", callback.id()), e);
    }
    return settled;
  }

  private AttemptOutcome settled(CallbackStatus status, CallbackAttempt attempt) {
    Instant expireAt = retention == null ? null : clock.instant().plus(retention);
    return new AttemptOutcome.Settled(status, attempt, expireAt);
  }

  private Optional<Callback> settle(CallbackClaimResult.Granted claim, AttemptOutcome settlement) {
    Optional<Callback> settled = callbacks.settle(claim, settlement, clock.instant());
    if (settled.isEmpty()) {
      LOG.warning("callback superseded", Labels.of("callback", claim.callback().id()), null);
    }
    return settled;
  }
}
