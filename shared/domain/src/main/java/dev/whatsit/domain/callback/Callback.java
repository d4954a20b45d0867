package dev.whatsit.domain.callback;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber to the completion of a run and the state of its notification: one document in the
 * callback store.
 *
 * <p>This class holds the state machine, as pure functions from a callback to the next one; the
 * store only makes each transition one conditional write. Every transition raises {@code revision}
 * by one.
 *
 * @param subject the run that is awaited
 * @param kind how the notification is delivered
 * @param target the receiver, for example a URL; at most {@value #MAX_TARGET_LENGTH} characters. It
 *     may contain secrets.
 * @param messageId {@code webhook-id} of every delivery attempt: stable, and unique to this
 *     callback
 * @param status the state of the callback
 * @param payload the content of the notification, fixed when the work has ended; null while the
 *     callback waits
 * @param tries number of delivery attempts since {@code since}
 * @param attempts the newest delivery attempts, also those before {@code since}, oldest first, at
 *     most {@value #MAX_ATTEMPTS}
 * @param since when delivery began, or last began again; null while the callback waits
 * @param dueAt when the next attempt is due; set in {@code pending} only
 * @param checkAt from this instant on the callback counts as stalled and is published again; set in
 *     {@code pending} only
 * @param token the fencing token of the newest claim
 * @param leaseUntil when the newest claim's lease ends; null without a claim
 * @param redelivery set when a client requested redelivery: whether the requested attempt is next
 *     or in progress; null otherwise
 * @param createdAt when the callback was registered
 * @param updatedAt when this revision was written
 * @param expireAt from this instant on the callback counts as absent; on settled callbacks only,
 *     null for never
 * @param revision number of the write, from 1
 */
public record Callback(
    Subject subject,
    CallbackKind kind,
    String target,
    String messageId,
    CallbackStatus status,
    @Nullable String payload,
    int tries,
    List<CallbackAttempt> attempts,
    @Nullable Instant since,
    @Nullable Instant dueAt,
    @Nullable Instant checkAt,
    @Nullable String token,
    @Nullable Instant leaseUntil,
    @Nullable Redelivered redelivery,
    Instant createdAt,
    Instant updatedAt,
    @Nullable Instant expireAt,
    long revision) {
  /** The number of delivery attempts that are kept. */
  public static final int MAX_ATTEMPTS = 30;

  /** The maximum length of a target in characters. */
  public static final int MAX_TARGET_LENGTH = 2048;

  /** How long the message of a due callback may take before it is published again. */
  public static final Duration CARRIED_WITHIN = Duration.ofMinutes(1);

  /** The same after a sweep has published it again; longer, because there may be a backlog. */
  private static final Duration REPUBLISHED_WITHIN = Duration.ofMinutes(5);

  public Callback {
    attempts = List.copyOf(attempts);
    require(target.length() <= MAX_TARGET_LENGTH, "the target is too long", target.length());
    require(tries >= 0, "tries must not be negative", tries);
    require(attempts.size() <= MAX_ATTEMPTS, "too many attempts", attempts.size());
    require(revision >= 1, "revision must be at least 1", revision);
    boolean waiting = status == CallbackStatus.WAITING;
    require((payload == null) == waiting, "the payload is set unless waiting", status);
    require((since == null) == waiting, "since is set unless waiting", status);
    boolean pending = status == CallbackStatus.PENDING;
    require((dueAt != null) == pending, "dueAt is set in pending only", status);
    require((checkAt != null) == pending, "checkAt is set in pending only", status);
    require(redelivery == null || pending, "redelivery is set in pending only", status);
    require(expireAt == null || status.isSettled(), "only settled callbacks expire", status);
    require(
        leaseUntil == null || (pending && token != null), "a lease is set in pending only", status);
  }

  /** A new callback in {@code waiting}, with a message id that cannot be guessed. */
  public static Callback waiting(Subject subject, CallbackKind kind, String target, Instant now) {
    return new Callback(
        subject,
        kind,
        target,
        "msg_" + UUID.randomUUID().toString().replace("-", ""),
        CallbackStatus.WAITING,
        null,
        0,
        List.of(),
        null,
        null,
        null,
        null,
        null,
        null,
        now,
        now,
        null,
        1);
  }

  public CallbackId id() {
    return CallbackId.of(subject, kind, target);
  }

  /**
   * The callback after its work has ended: {@code pending} and due at once. Empty when it is no
   * longer {@code waiting}.
   *
   * @param payload the content of the notification; it does not change any more
   */
  public Optional<Callback> announced(String payload, Instant now) {
    return status == CallbackStatus.WAITING
        ? Optional.of(begun(payload, attempts, null, null, now))
        : Optional.empty();
  }

  /**
   * The callback moved to a later run, for when its own run ended without a notification before the
   * later one began. It keeps its message id. Empty when it is no longer {@code waiting}.
   *
   * @throws IllegalArgumentException if {@code later} is not a later run of the same subject
   */
  public Optional<Callback> movedTo(Subject later, Instant now) {
    require(
        later.id().equals(subject.id()) && later.run() > subject.run(),
        "not a later run of " + subject.key(),
        later.key());
    return status != CallbackStatus.WAITING
        ? Optional.empty()
        : Optional.of(
            new Callback(
                later,
                kind,
                target,
                messageId,
                status,
                null,
                0,
                attempts,
                null,
                null,
                null,
                null,
                null,
                null,
                createdAt,
                now,
                null,
                revision + 1));
  }

  /**
   * Selects one callback for each kind and target, that of the latest run, from the callbacks of
   * one run and the waiting ones of earlier runs. Oldest first, those of the same instant by id.
   *
   * @param limit maximum number of callbacks
   */
  public static List<Callback> ofOneRun(Collection<Callback> found, int limit) {
    Map<String, Callback> latest = new HashMap<>();
    for (Callback each : found) {
      latest.merge(
          each.kind.word() + " " + each.target,
          each,
          (one, other) -> one.subject.run() > other.subject.run() ? one : other);
    }
    return latest.values().stream()
        .sorted(
            Comparator.comparing(Callback::createdAt)
                .thenComparing(callback -> callback.id().text()))
        .limit(limit)
        .toList();
  }

  /**
   * The callback after a redelivery request, with the same message id and payload: due at once, or
   * under a live lease when the current attempt has ended. Empty while it is {@code waiting}, and
   * when the current claim already has such a request.
   */
  public Optional<Callback> redelivered(Instant now) {
    String payload = this.payload;
    Instant due = dueAt;
    Instant check = checkAt;
    if (payload == null) {
      return Optional.empty();
    }
    if (!isHeld(now) || due == null || check == null) {
      return Optional.of(begun(payload, attempts, null, Redelivered.REQUESTED, now));
    }
    return redelivery == Redelivered.REQUESTED
        ? Optional.empty()
        : Optional.of(
            pending(tries, attempts, due, check, token, leaseUntil, Redelivered.REQUESTED, now));
  }

  /** The result of deciding a claim. */
  public sealed interface Decision {
    /**
     * The claim is granted.
     *
     * @param callback to be written, unless it equals the current one
     */
    record Next(Callback callback) implements Decision {}

    /** Nothing is to be written. */
    record Answer(CallbackClaimResult result) implements Decision {}
  }

  /**
   * Decides whether a claim is granted.
   *
   * @param current the callback as stored, or null when there is none
   */
  public static Decision decide(@Nullable Callback current, CallbackClaim claim) {
    if (current == null || current.dueAt == null) {
      return new Decision.Answer(new CallbackClaimResult.NothingToDo());
    }
    Instant lease = current.leaseUntil;
    if (lease != null && claim.token().equals(current.token)) {
      return new Decision.Next(current);
    }
    if (lease != null && lease.isAfter(claim.now())) {
      return new Decision.Answer(new CallbackClaimResult.HeldUntil(lease));
    }
    if (current.dueAt.isAfter(claim.now())) {
      return new Decision.Answer(new CallbackClaimResult.NotDue(current.dueAt));
    }
    return new Decision.Next(
        current.pending(
            current.tries,
            current.attempts,
            current.dueAt,
            claim.leaseUntil().plus(CARRIED_WITHIN),
            claim.token(),
            claim.leaseUntil(),
            current.redelivery == null ? null : Redelivered.UNDER_WAY,
            claim.now()));
  }

  /**
   * The callback after the claim with this token ended, or empty when the claim no longer holds it.
   * Due at once when redelivery was requested during the claim.
   */
  public Optional<Callback> settled(String token, AttemptOutcome outcome, Instant now) {
    if (leaseUntil == null || !token.equals(this.token)) {
      return Optional.empty();
    }
    CallbackAttempt attempt = outcome.attempt();
    List<CallbackAttempt> tried = attempt == null ? attempts : with(attempt);
    if (redelivery == Redelivered.REQUESTED) {
      // Redelivery was requested during the attempt: its result is kept, and delivery begins again.
      return Optional.of(begun(payload, tried, token, redelivery, now));
    }
    if (outcome instanceof AttemptOutcome.Settled settled) {
      return Optional.of(
          new Callback(
              subject,
              kind,
              target,
              messageId,
              settled.status(),
              payload,
              tries + 1,
              tried,
              since,
              null,
              null,
              token,
              null,
              null,
              createdAt,
              now,
              settled.expireAt(),
              revision + 1));
    }
    AttemptOutcome.Again again = (AttemptOutcome.Again) outcome;
    // Without an attempt the requested redelivery is still open.
    boolean asked = attempt == null && redelivery != null;
    return Optional.of(
        pending(
            attempt == null ? tries : tries + 1,
            tried,
            again.dueAt(),
            again.checkAt(),
            token,
            null,
            asked ? Redelivered.REQUESTED : null,
            now));
  }

  /** Whether the claim with this token has already ended in this callback. */
  public boolean wasSettledWith(String token) {
    return leaseUntil == null && token.equals(this.token);
  }

  /** The callback after a sweep has published it again, or empty when it is not overdue. */
  public Optional<Callback> republished(Instant now) {
    Instant due = dueAt;
    if (due == null || checkAt == null || checkAt.isAfter(now)) {
      return Optional.empty();
    }
    return Optional.of(
        pending(
            tries,
            attempts,
            due,
            now.plus(REPUBLISHED_WITHIN),
            token,
            leaseUntil,
            redelivery,
            now));
  }

  public boolean isExpired(Instant now) {
    return expireAt != null && !now.isBefore(expireAt);
  }

  /** Omits the target and the payload, which may contain secrets. */
  @Override
  public String toString() {
    return "Callback[" + id() + ", " + status.word() + ", tries=" + tries + "]";
  }

  private boolean isHeld(Instant now) {
    return leaseUntil != null && leaseUntil.isAfter(now);
  }

  private List<CallbackAttempt> with(CallbackAttempt attempt) {
    List<CallbackAttempt> all = new ArrayList<>(attempts);
    all.add(attempt);
    return all.subList(Math.max(0, all.size() - MAX_ATTEMPTS), all.size());
  }

  private Callback begun(
      @Nullable String payload,
      List<CallbackAttempt> attempts,
      @Nullable String token,
      @Nullable Redelivered redelivery,
      Instant now) {
    return new Callback(
        subject,
        kind,
        target,
        messageId,
        CallbackStatus.PENDING,
        payload,
        0,
        attempts,
        now,
        now,
        now.plus(CARRIED_WITHIN),
        token,
        null,
        redelivery,
        createdAt,
        now,
        null,
        revision + 1);
  }

  private Callback pending(
      int tries,
      List<CallbackAttempt> attempts,
      Instant dueAt,
      Instant checkAt,
      @Nullable String token,
      @Nullable Instant leaseUntil,
      @Nullable Redelivered redelivery,
      Instant now) {
    return new Callback(
        subject,
        kind,
        target,
        messageId,
        status,
        payload,
        tries,
        attempts,
        since,
        dueAt,
        checkAt,
        token,
        leaseUntil,
        redelivery,
        createdAt,
        now,
        null,
        revision + 1);
  }

  private static void require(boolean holds, String rule, Object value) {
    if (!holds) {
      throw new IllegalArgumentException(rule + ": " + value);
    }
  }
}
