package dev.whatsit.notify;

import dev.whatsit.domain.callback.AttemptOutcome;
import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackAttempt;
import dev.whatsit.domain.callback.CallbackClaim;
import dev.whatsit.domain.callback.CallbackClaimResult;
import dev.whatsit.domain.callback.CallbackId;
import dev.whatsit.domain.callback.CallbackStatus;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.Redelivered;
import dev.whatsit.domain.callback.ResultMessage;
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
 * Delivers one callback: claims it, sends it and settles the claim with the outcome. Of several
 * concurrent deliveries only the one with the claim sends. After a crash between sending and
 * settling, the lease expires and the message is sent again with the same id. Thread-safe.
 */
final class DeliverCallback {
  /** The lease of a claim: longer than the request timeout and the writes around the request. */
  static final Duration LEASE = Duration.ofSeconds(60);

  /** After an attempt that took at most this, another one fits in the function's one minute. */
  private static final Duration MAX_BEFORE_ANOTHER_ATTEMPT = Duration.ofSeconds(25);

  private static final EventLog LOG = EventLog.of(DeliverCallback.class);

  private final CallbackStore callbacks;
  private final WebhookSender sender;
  private final CircuitBreaker servers;
  private final RetrySchedule schedule;
  private final MessageQueue queue;
  private final @Nullable Duration retention;
  private final Clock clock;

  /**
   * Creates the use case.
   *
   * @param retention how long a settled callback is kept; null to keep it forever
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
   * Delivers a callback if it is due and not claimed elsewhere.
   *
   * @throws TransientFailure if it could not be sent for an internal reason, or it is not known
   *     what was written; the message must be redelivered
   */
  void deliver(CallbackId id, Labels labels) {
    Labels withCallback = labels.and("callback", id);
    Instant start = clock.instant();
    if (attempt(id, withCallback)
        && !clock.instant().isAfter(start.plus(MAX_BEFORE_ANOTHER_ATTEMPT))) {
      // A redelivery was requested during the attempt; its message may have arrived meanwhile and
      // found the callback claimed. Only one more attempt is made here, because the function's time
      // is limited. The sweep requeues later requests.
      attempt(id, withCallback);
    }
  }

  /** Makes one attempt, and returns whether a redelivery was requested meanwhile. */
  private boolean attempt(CallbackId id, Labels labels) {
    Instant now = clock.instant();
    String token = UUID.randomUUID().toString();
    CallbackClaimResult claim = callbacks.claim(new CallbackClaim(id, token, now, now.plus(LEASE)));
    if (claim instanceof CallbackClaimResult.Granted granted) {
      return send(granted, labels)
          .filter(callback -> callback.redelivery() == Redelivered.REQUESTED)
          .map(Callback::dueAt)
          .filter(dueAt -> !dueAt.isAfter(clock.instant()))
          .isPresent();
    }
    // If it is claimed elsewhere, that delivery or the sweep continues. If it is not due yet, it is
    // delivered when it is due.
    LOG.info("callback not claimed", labels.and("claim", claim.getClass().getSimpleName()));
    return false;
  }

  /** Returns the callback as it stands then, or empty when a newer claim holds it. */
  private Optional<Callback> send(CallbackClaimResult.Granted claim, Labels labels) {
    Callback callback = claim.callback();
    Instant now = clock.instant();
    String origin = sender.origin(callback).orElse("");
    // A redelivery that was requested manually is sent even while the circuit is open.
    CircuitBreaker.Permit permit = servers.acquire(origin, now, callback.redelivery() != null);
    Optional<Instant> until = permit.refusedUntil();
    if (until.isPresent()) {
      return defer(claim, until.get(), labels);
    }
    SendResult result;
    Instant end;
    try (permit) {
      result = sender.send(callback, now);
      end = clock.instant();
      if (result.httpStatus() != null) {
        permit.succeeded();
      } else if (!result.isRefused()) {
        permit.failed(end);
      }
    } catch (RuntimeException e) {
      // An internal error, which says nothing about the receiver.
      release(claim, e);
      throw e;
    }
    long millis = Math.max(0, Duration.between(now, end).toMillis());
    CallbackAttempt attempt = new CallbackAttempt(now, result.httpStatus(), result.code(), millis);
    Labels attempted =
        labels
            .and("attempt", callback.tries() + 1)
            .and("http_status", result.httpStatus() == null ? 0 : result.httpStatus())
            .and("ms", millis);
    if (result.isReceived()) {
      Optional<Callback> then = settle(claim, settled(CallbackStatus.DELIVERED, attempt));
      LOG.info("callback received", attempted);
      return then;
    }
    Labels failure = attempted.and("code", String.valueOf(result.code()));
    if (result.isGone()) {
      Optional<Callback> then = settle(claim, settled(CallbackStatus.STOPPED, attempt));
      LOG.warning("callback stopped", failure, null);
      return then;
    }
    Instant since = Objects.requireNonNull(callback.since());
    Optional<Instant> next = schedule.next(callback.tries() + 1, since, result.retryAfter(), end);
    if (next.isEmpty()) {
      Optional<Callback> then = settle(claim, settled(CallbackStatus.FAILED, attempt));
      LOG.error("callback given up", failure, null);
      return then;
    }
    Optional<Callback> then = retryAt(claim, next.get(), attempt);
    LOG.warning("callback will be tried again", failure.and("until", next.get()), null);
    return then;
  }

  /** Releases the claim and makes the callback due at once, for the redelivered message. */
  private void release(CallbackClaimResult.Granted claim, RuntimeException failure) {
    Instant now = clock.instant();
    try {
      settle(claim, new AttemptOutcome.Again(now, now.plus(Callback.CARRIED_WITHIN), null));
    } catch (RuntimeException e) {
      // The lease expires by itself.
      failure.addSuppressed(e);
    }
  }

  /**
   * Defers the callback because its server's circuit is open or has no free permit. That is not
   * counted as an attempt. A callback that would be due too late fails instead.
   */
  private Optional<Callback> defer(
      CallbackClaimResult.Granted claim, Instant until, Labels labels) {
    if (RetrySchedule.isTooLate(Objects.requireNonNull(claim.callback().since()), until)) {
      CallbackAttempt attempt = new CallbackAttempt(clock.instant(), null, "CIRCUIT_OPEN", 0);
      Optional<Callback> then = settle(claim, settled(CallbackStatus.FAILED, attempt));
      LOG.error("callback given up", labels.and("code", "CIRCUIT_OPEN"), null);
      return then;
    }
    Optional<Callback> then = retryAt(claim, until, null);
    LOG.warning("callback put off", labels.and("until", until), null);
    return then;
  }

  /**
   * Schedules the next attempt: first writes the document, from which the sweep finds it, then
   * publishes the message that makes the time exact.
   */
  private Optional<Callback> retryAt(
      CallbackClaimResult.Granted claim, Instant dueAt, @Nullable CallbackAttempt attempt) {
    Callback callback = claim.callback();
    // Rounded up to the second: the message must not arrive before the callback is due.
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
      LOG.warning(
          "will be retried by the sweep when it is due", Labels.of("callback", callback.id()), e);
    }
    return settled;
  }

  private AttemptOutcome settled(CallbackStatus status, CallbackAttempt attempt) {
    Instant expireAt = retention == null ? null : clock.instant().plus(retention);
    return new AttemptOutcome.Settled(status, attempt, expireAt);
  }

  private Optional<Callback> settle(CallbackClaimResult.Granted claim, AttemptOutcome outcome) {
    Optional<Callback> settled = callbacks.settle(claim, outcome, clock.instant());
    if (settled.isEmpty()) {
      LOG.warning("callback superseded", Labels.of("callback", claim.callback().id()), null);
    }
    return settled;
  }
}
