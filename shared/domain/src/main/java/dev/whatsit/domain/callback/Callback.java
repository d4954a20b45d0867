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
 * Somebody who is to be told of the end of a run, and what came of telling: one document in the
 * callback store.
 *
 * <p>The state machine is here, as pure functions from a callback to the next one; the store only
 * makes each step one conditional write. Every step raises {@code revision} by one.
 *
 * @param subject what is waited for
 * @param kind how to tell
 * @param target whom, for example a URL; at most {@value #MAX_TARGET_LENGTH} characters. It may hold
 *     secrets.
 * @param messageId {@code webhook-id} of every try: stable, and never the same for two callbacks
 * @param status where it stands
 * @param payload what is told, fixed when the work has ended; null while it waits
 * @param tries how often it was tried since {@code since}
 * @param attempts the newest tries of all, eldest first, at most {@value #MAX_ATTEMPTS}
 * @param since when the telling began, or began anew; null while it waits
 * @param dueAt when it may be tried next; set in {@code pending} only
 * @param checkAt from when on nobody may be carrying it any more; set in {@code pending} only
 * @param token the fencing token of the newest claim
 * @param leaseUntil when the newest claim ends; null when nobody holds it
 * @param redelivery whether somebody asked by hand for the try that comes next or is under way;
 *     null when nobody did
 * @param createdAt when it was asked for
 * @param updatedAt when this revision was written
 * @param expireAt from when on it counts as absent; on settled ones only, null for never
 * @param revision counts the writes, from 1
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
  /** How many tries are kept. */
  public static final int MAX_ATTEMPTS = 30;

  /** How many characters a target may have. */
  public static final int MAX_TARGET_LENGTH = 2048;

  /** How long a message that carries a callback may be under way before it is sent again. */
  public static final Duration CARRIED_WITHIN = Duration.ofMinutes(1);

  /** The same, after a sweep has sent it again: there may be a backlog. */
  private static final Duration SENT_AGAIN_WITHIN = Duration.ofMinutes(5);

  /**
   * Takes a copy of the attempts and checks that the parts fit the status.
   *
   * @throws IllegalArgumentException naming what does not fit
   */
  public Callback {
    attempts = List.copyOf(attempts);
    require(target.length() <= MAX_TARGET_LENGTH, "the target is too long", target.length());
    require(tries >= 0, "tries must not be negative", tries);
    require(attempts.size() <= MAX_ATTEMPTS, "too many attempts", attempts.size());
    require(revision >= 1, "revision must be at least 1", revision);
    boolean waiting = status == CallbackStatus.WAITING;
    require((payload == null) == waiting, "what waits has no payload, the rest has", status);
    require((since == null) == waiting, "what waits was not begun, the rest was", status);
    boolean pending = status == CallbackStatus.PENDING;
    require((dueAt != null) == pending, "pending is due at some time, and only that", status);
    require((checkAt != null) == pending, "pending is checked, and only that", status);
    require(redelivery == null || pending, "only pending is asked for", status);
    require(expireAt == null || status.isSettled(), "only what is settled expires", status);
    require(leaseUntil == null || (pending && token != null), "only pending is held", status);
  }

  /** A fresh one, with a message id that nobody can guess. */
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

  /** The identity. */
  public CallbackId id() {
    return CallbackId.of(subject, kind, target);
  }

  /**
   * The callback once the work has ended, due at once. Empty when that is known already.
   *
   * @param payload what is to be told, from now on for good
   */
  public Optional<Callback> announced(String payload, Instant now) {
    return status == CallbackStatus.WAITING
        ? Optional.of(begun(payload, attempts, null, null, now))
        : Optional.empty();
  }

  /**
   * The callback as one of a later run, when its own ended and was not announced before that one
   * began. The message id goes with it. Empty when it no longer waits.
   *
   * @throws IllegalArgumentException if it is no later run of the same
   */
  public Optional<Callback> carriedTo(Subject later, Instant now) {
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
   * Of the callbacks of one run and those of earlier ones that still wait: one for each kind and
   * target, that of the latest run, the eldest first, those of the same instant by id.
   *
   * @param limit how many at most
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
   * The callback to be told anew, due at once, with the same message id and payload; once the try
   * that is under way has ended, when somebody is telling it. Empty while it waits for the work,
   * and when that is noted already.
   */
  public Optional<Callback> redelivered(Instant now) {
    String payload = this.payload;
    Instant due = dueAt;
    Instant check = checkAt;
    if (payload == null) {
      return Optional.empty();
    }
    if (!isHeld(now) || due == null || check == null) {
      return Optional.of(begun(payload, attempts, null, Redelivered.ASKED, now));
    }
    return redelivery == Redelivered.ASKED
        ? Optional.empty()
        : Optional.of(
            pending(tries, attempts, due, check, token, leaseUntil, Redelivered.ASKED, now));
  }

  /** What a claim comes to. */
  public sealed interface Decision {
    /**
     * The claim is granted.
     *
     * @param callback to be written, unless it is the current one
     */
    record Next(Callback callback) implements Decision {}

    /** Nothing is to be written. */
    record Answer(CallbackClaimResult result) implements Decision {}
  }

  /**
   * Decides a claim.
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
   * The callback after the claim with this token came to an end, or empty when a newer claim holds
   * it. Due at once when it was asked to be told anew meanwhile.
   */
  public Optional<Callback> settled(String token, AttemptOutcome settlement, Instant now) {
    if (leaseUntil == null || !token.equals(this.token)) {
      return Optional.empty();
    }
    CallbackAttempt attempt = settlement.attempt();
    List<CallbackAttempt> tried = attempt == null ? attempts : with(attempt);
    if (redelivery == Redelivered.ASKED) {
      // While it was told: what came of that is kept, and it is told anew.
      return Optional.of(begun(payload, tried, token, redelivery, now));
    }
    if (settlement instanceof AttemptOutcome.Settled settled) {
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
    AttemptOutcome.Again again = (AttemptOutcome.Again) settlement;
    // What was not tried is still asked for.
    boolean asked = attempt == null && redelivery != null;
    return Optional.of(
        pending(
            attempt == null ? tries : tries + 1,
            tried,
            again.dueAt(),
            again.checkAt(),
            token,
            null,
            asked ? Redelivered.ASKED : null,
            now));
  }

  /** Whether the claim with this token already came to an end in the callback as it stands. */
  public boolean wasSettledWith(String token) {
    return leaseUntil == null && token.equals(this.token);
  }

  /** The callback after a sweep has sent it again, or empty when it is not overdue. */
  public Optional<Callback> sentAgain(Instant now) {
    Instant due = dueAt;
    if (due == null || checkAt == null || checkAt.isAfter(now)) {
      return Optional.empty();
    }
    return Optional.of(
        pending(
            tries, attempts, due, now.plus(SENT_AGAIN_WITHIN), token, leaseUntil, redelivery, now));
  }

  /** Whether it counts as absent. */
  public boolean isExpired(Instant now) {
    return expireAt != null && !now.isBefore(expireAt);
  }

  /** Nothing of the target and the payload, which may be secret. */
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
