package dev.whatsit.domain.record;

import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.WorkMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The stored state of one image and its classification work: one document in the record store.
 *
 * <p>This class holds the state machine, as pure functions from a record to the next one; the store
 * only makes each transition one conditional write. Every transition raises {@code revision} by
 * one.
 *
 * @param image the submitted image
 * @param run number of the run, from 1; a retry adds one
 * @param status the state of the work
 * @param attempts number of claims granted in this run, from 0
 * @param messageId the queue's id of the message that carries the work; null when there is none
 * @param token the fencing token of the newest claim; kept when that claim ends, so that its holder
 *     recognises its own write after a lost response; null when the work was ended without a claim
 * @param leaseUntil when the newest claim's lease ends; set in {@code processing} only
 * @param cancelRequested whether cancellation was requested while the record was in {@code
 *     processing}
 * @param dueAt when scheduled or deferred work may start; null when it may start at once
 * @param deferral why and since when the work is deferred; null when it was not deferred and on
 *     final records
 * @param classification the result; set in {@code success} only
 * @param error why the work failed; set in {@code error} only
 * @param createdAt when the image was first submitted
 * @param updatedAt when the state of the work last changed; changes of {@code watch} do not count
 * @param expireAt from this instant on the record counts as absent; on final records only
 * @param revision number of the write, from 1
 * @param history the newest attempts of all runs, oldest first, at most {@link Attempt#MAX_KEPT};
 *     the last one may still be open
 * @param watch state of the completion event of this run, or null when there is no subscriber
 */
public record ImageRecord(
    ImageDescription image,
    int run,
    Status status,
    int attempts,
    @Nullable String messageId,
    @Nullable String token,
    @Nullable Instant leaseUntil,
    boolean cancelRequested,
    @Nullable Instant dueAt,
    @Nullable Deferral deferral,
    @Nullable Classification classification,
    @Nullable WorkError error,
    Instant createdAt,
    Instant updatedAt,
    @Nullable Instant expireAt,
    long revision,
    List<Attempt> history,
    @Nullable Watch watch) {
  /** Pending work is overdue this long after its last change; {@link #QUEUED} likewise. */
  private static final Duration PENDING = Duration.ofMinutes(1);

  private static final Duration QUEUED = Duration.ofHours(1);

  /** Claimed work is overdue this long after the end of its lease. */
  private static final Duration PROCESSING = Duration.ofMinutes(5);

  public ImageRecord {
    require(run >= 1, "run must be at least 1", run);
    require(attempts >= 0, "attempts must not be negative", attempts);
    require(revision >= 1, "revision must be at least 1", revision);
    require(
        (classification != null) == (status == Status.SUCCESS),
        "a classification belongs to success and only there",
        status);
    require(
        (error != null) == (status == Status.ERROR),
        "an error belongs to error and only there",
        status);
    require(
        (leaseUntil != null) == (status == Status.PROCESSING),
        "a lease belongs to processing and only there",
        status);
    require(
        status != Status.PROCESSING || (token != null && messageId != null),
        "processing needs a token and a message",
        status);
    require(deferral == null || !status.isFinal(), "final work has no deferral", status);
    require(expireAt == null || status.isFinal(), "only final records expire", status);
    require(history.size() <= Attempt.MAX_KEPT, "too many attempts are kept", history.size());
    history = List.copyOf(history);
    require(
        watch == null || (watch.announceDue() != null) == status.isFinal(),
        "an announcement is due once the work has ended and only then",
        status);
  }

  /**
   * A builder of a new record: {@code pending}, run 1, revision 1, {@code updatedAt} equal to
   * {@code createdAt}; everything else is absent.
   */
  public static ImageRecordBuilder builder(ImageDescription image, Instant createdAt) {
    return new ImageRecordBuilder(image, createdAt);
  }

  /** A builder that starts with every value of this record. */
  public ImageRecordBuilder toBuilder() {
    return new ImageRecordBuilder(this);
  }

  /**
   * The first record of an image with a message in the queue.
   *
   * @param messageId the queue's id of that message
   */
  public static ImageRecord queued(ImageDescription image, String messageId, Instant now) {
    return builder(image, now).status(Status.QUEUED).messageId(messageId).build();
  }

  /**
   * The first record of an image with work that starts later. No message carries the work: the
   * record becomes overdue when it is due, and the sweep then finds it.
   *
   * @param dueAt when the work may start, after {@code now}
   */
  public static ImageRecord scheduled(ImageDescription image, Instant dueAt, Instant now) {
    return builder(image, now).status(Status.SCHEDULED).dueAt(dueAt).build();
  }

  /**
   * This first record, to be written over an expired one. The revision continues from the expired
   * record, so that a revision never identifies two states of one image.
   *
   * @param expired the record that it replaces
   */
  public ImageRecord replacing(ImageRecord expired) {
    return toBuilder().revision(expired.revision + 1).build();
  }

  /** The hash of the image, which is its identity. */
  public ImageHash hash() {
    return image.hash();
  }

  /** The work message of this run. */
  public WorkMessage message() {
    return new WorkMessage(image, run, createdAt);
  }

  /** Whether the record counts as absent at this instant. */
  public boolean isExpired(Instant now) {
    return expireAt != null && !now.isBefore(expireAt);
  }

  /**
   * The instant from which the record counts as stalled and is requeued: {@code pending} for a
   * minute (not before it is due), {@code queued} untouched for an hour, {@code processing} with a
   * lease that ended five minutes ago, and scheduled or deferred work when it is due. For final
   * records: the instant from which the completion event is published again, or empty when no
   * subscriber is left to notify.
   */
  public Optional<Instant> overdueAt() {
    return switch (status) {
      case SUCCESS, ERROR, CANCELED -> announceDue();
      case PROCESSING -> Optional.ofNullable(leaseUntil).map(until -> until.plus(PROCESSING));
      case PENDING -> Optional.of(later(dueAt, updatedAt.plus(PENDING)));
      case SCHEDULED, QUEUED -> Optional.of(dueAt != null ? dueAt : updatedAt.plus(QUEUED));
    };
  }

  /** When the completion event of this run is published again; empty when it is not due to be. */
  public Optional<Instant> announceDue() {
    return Optional.ofNullable(watch).map(Watch::announceDue);
  }

  private static Instant later(@Nullable Instant one, Instant other) {
    return one != null && one.isAfter(other) ? one : other;
  }

  /** The result of deciding a claim. */
  public sealed interface Decision {
    /**
     * The claim is granted, or the claim made the work {@code canceled}.
     *
     * @param record to be written, unless it equals the current one
     */
    record Next(ImageRecord record) implements Decision {}

    /** Nothing is to be written. */
    record Answer(ClaimResult result) implements Decision {}
  }

  /**
   * Decides a claim. A claim creates a missing or expired record. A message with a newer run than
   * the record's is possible only when the record was restored from a backup; the message's run is
   * then used.
   *
   * @param current the record as stored, or null when there is none
   */
  public static Decision decide(@Nullable ImageRecord current, Claim claim) {
    if (current == null || current.isExpired(claim.now())) {
      return new Decision.Next(
          builder(claim.message().image(), claim.message().submittedAt())
              .run(claim.message().run())
              .status(Status.PROCESSING)
              .attempts(1)
              .messageId(claim.messageId())
              .token(claim.token())
              .leaseUntil(claim.leaseUntil())
              .updatedAt(claim.now())
              .revision(current == null ? 1 : current.revision + 1)
              .history(Attempt.begun(List.of(), claim.message().run(), 1, claim.now()))
              .build());
    }
    int run = claim.message().run();
    if (run < current.run) {
      return new Decision.Answer(new ClaimResult.Outdated(current.run));
    }
    if (run > current.run) {
      return new Decision.Next(current.claimed(claim, 1));
    }
    if (current.status == Status.CANCELED
        && current.cancelRequested
        && claim.token().equals(current.token)) {
      // This claim canceled the work, and the response of its write was lost.
      return new Decision.Answer(new ClaimResult.CancelRequested(current));
    }
    if (current.status.isFinal()) {
      return new Decision.Answer(new ClaimResult.Finished(current));
    }
    Instant lease = current.leaseUntil;
    if (lease != null && claim.token().equals(current.token)) {
      return new Decision.Next(current);
    }
    if (lease != null && lease.isAfter(claim.now())) {
      boolean same = claim.messageId().equals(current.messageId);
      return new Decision.Answer(new ClaimResult.HeldUntil(lease, same));
    }
    if (current.cancelRequested) {
      ImageRecord canceled =
          current
              .over(Status.CANCELED, claim.token(), current.lost(claim.now()), claim.now())
              .build();
      return new Decision.Next(canceled);
    }
    if (current.dueAt != null && current.dueAt.isAfter(claim.now())) {
      return new Decision.Answer(new ClaimResult.NotDue(current.dueAt));
    }
    return new Decision.Next(current.claimed(claim, current.attempts + 1));
  }

  /**
   * The final record after the claim with this token, or empty when the claim no longer holds the
   * work. A claim with an expired lease can still finish as long as no newer claim was granted.
   */
  public Optional<ImageRecord> finished(String token, Outcome outcome, Instant now) {
    if (!isHeldWith(token)) {
      return Optional.empty();
    }
    if (outcome instanceof Outcome.Classified classified) {
      return Optional.of(
          over(Status.SUCCESS, token, ended(Attempt.Result.SUCCESS, null, now), now)
              .classification(classified.classification())
              .build());
    }
    WorkError error = ((Outcome.Failed) outcome).error();
    return Optional.of(
        over(Status.ERROR, token, ended(Attempt.Result.ERROR, error.code(), now), now)
            .error(error)
            .build());
  }

  /**
   * The record after the claim with this token was released for a retry, or empty when the claim no
   * longer holds the work. The attempt stays counted. If cancellation was requested, the record
   * becomes {@code canceled} instead.
   */
  public Optional<ImageRecord> released(String token, Instant now) {
    if (!isHeldWith(token)) {
      return Optional.empty();
    }
    return Optional.of(
        cancelRequested
            ? canceledByItsHolder(token, now)
            : next(now)
                .status(Status.QUEUED)
                .token(token)
                .dueAt(null)
                .history(ended(Attempt.Result.RELEASED, null, now))
                .build());
  }

  /**
   * The record after the claim with this token was deferred, or empty when the claim no longer
   * holds the work. The attempt is not counted, and the instant of the first deferral is kept. If
   * cancellation was requested, the record becomes {@code canceled} instead.
   *
   * @param reason stable upper-case word
   * @param until when the work may start
   */
  public Optional<ImageRecord> deferred(String token, String reason, Instant until, Instant now) {
    if (!isHeldWith(token)) {
      return Optional.empty();
    }
    if (cancelRequested) {
      return Optional.of(canceledByItsHolder(token, now));
    }
    Instant since = deferral == null ? now : deferral.since();
    return Optional.of(
        next(now)
            .status(Status.QUEUED)
            .attempts(attempts - 1)
            .token(token)
            .dueAt(until)
            .deferral(new Deferral(reason, since))
            .history(ended(Attempt.Result.DEFERRED, reason, now))
            .build());
  }

  /**
   * Whether the claim with this token has already deferred the work in this record, or canceled it
   * instead.
   */
  public boolean wasDeferredWith(String token) {
    boolean waits = status == Status.QUEUED && deferral != null && dueAt != null;
    return (waits || status == Status.CANCELED) && token.equals(this.token);
  }

  /**
   * The record after a request to cancel the work: {@code canceled}, or under a live lease {@code
   * processing} with {@code cancelRequested}. Empty when the work has ended or cancellation was
   * already requested.
   */
  public Optional<ImageRecord> canceled(Instant now) {
    if (status.isFinal()) {
      return Optional.empty();
    }
    if (leaseUntil == null || !leaseUntil.isAfter(now)) {
      return Optional.of(over(Status.CANCELED, null, lost(now), now).build());
    }
    return cancelRequested
        ? Optional.empty()
        : Optional.of(
            toBuilder().cancelRequested(true).updatedAt(now).revision(revision + 1).build());
  }

  /**
   * The record after the queue dead-lettered the message of this run: {@code error}. Empty when the
   * record is of another run, is final or is under a live lease.
   */
  public Optional<ImageRecord> deadLettered(int run, WorkError error, Instant now) {
    boolean held = leaseUntil != null && leaseUntil.isAfter(now);
    return run != this.run || status.isFinal() || held
        ? Optional.empty()
        : Optional.of(over(Status.ERROR, null, lost(now), now).error(error).build());
  }

  /**
   * The record after a request to start scheduled work earlier: {@code scheduled} with the new due
   * time, or {@code pending} when that is not after {@code now}. Empty when the work is no longer
   * scheduled, or is due by then already.
   *
   * @param dueAt when the work may start; {@code now} or earlier means at once
   */
  public Optional<ImageRecord> advanced(Instant dueAt, Instant now) {
    if (status != Status.SCHEDULED || this.dueAt == null || !dueAt.isBefore(this.dueAt)) {
      return Optional.empty();
    }
    boolean later = dueAt.isAfter(now);
    return Optional.of(
        next(now)
            .status(later ? Status.SCHEDULED : Status.PENDING)
            .cancelRequested(false)
            .dueAt(later ? dueAt : null)
            .build());
  }

  /**
   * The record after its overdue work was requeued, or its overdue completion event was published
   * again. Empty when it is not overdue.
   *
   * @param messageId the queue's id of the new message; not used on final records
   */
  public Optional<ImageRecord> requeued(String messageId, Instant now) {
    Optional<Instant> overdueAt = overdueAt();
    if (overdueAt.isEmpty() || overdueAt.get().isAfter(now)) {
      return Optional.empty();
    }
    return Optional.of(
        status.isFinal()
            ? watchedBy(Watch.announceFrom(now))
            : next(now)
                .status(Status.QUEUED)
                .messageId(messageId)
                .dueAt(null)
                .history(lost(now))
                .build());
  }

  /**
   * The record after a subscriber to the completion of this run was added. On a final record the
   * completion event becomes due again. Empty when unfinished work already has a subscriber, and
   * for another run than this one.
   */
  public Optional<ImageRecord> watched(int run, Instant now) {
    if (run != this.run || (watch != null && !status.isFinal())) {
      return Optional.empty();
    }
    return Optional.of(watchedBy(status.isFinal() ? Watch.announceFrom(now) : Watch.WAITING));
  }

  /**
   * The record after the notifications for every subscriber known at {@code seen} were handled.
   * Empty when the record has changed since, because a subscriber may have been added.
   */
  public Optional<ImageRecord> announced(ImageRecord seen) {
    return announceDue().isPresent() && revision == seen.revision
        ? Optional.of(watchedBy(null))
        : Optional.empty();
  }

  /**
   * The record after a request to run finished work again: {@code pending}, the next run, no
   * attempts. Empty when the work is still in progress, or the run number is at its maximum.
   * Subscribers that were not notified of the previous run's completion are notified of this run's.
   */
  public Optional<ImageRecord> retried(Instant now) {
    if (!status.isFinal() || run == Integer.MAX_VALUE) {
      return Optional.empty();
    }
    return Optional.of(
        next(now)
            .run(run + 1)
            .status(Status.PENDING)
            .attempts(0)
            .messageId(null)
            .token(null)
            .cancelRequested(false)
            .dueAt(null)
            .deferral(null)
            .watch(announceDue().isPresent() ? Watch.WAITING : null)
            .build());
  }

  /**
   * The record after the message of this run was published: {@code queued}. Empty when the record
   * is of another run or no longer {@code pending}.
   */
  public Optional<ImageRecord> confirmedQueued(int run, String messageId, Instant now) {
    if (status != Status.PENDING || this.run != run) {
      return Optional.empty();
    }
    return Optional.of(next(now).status(Status.QUEUED).messageId(messageId).build());
  }

  /** Whether the claim with this token has already ended in this record. */
  public boolean wasEndedWith(String token) {
    return status != Status.PROCESSING && token.equals(this.token);
  }

  private boolean isHeldWith(String token) {
    return status == Status.PROCESSING && token.equals(this.token);
  }

  private ImageRecord claimed(Claim claim, int attempts) {
    int run = claim.message().run();
    return next(claim.now())
        .run(run)
        .status(Status.PROCESSING)
        .attempts(attempts)
        .messageId(claim.messageId())
        .token(claim.token())
        .leaseUntil(claim.leaseUntil())
        .cancelRequested(false)
        .dueAt(null)
        .deferral(run == this.run ? deferral : null)
        .history(Attempt.begun(lost(claim.now()), run, attempts, claim.now()))
        // A claim of a newer run may meet a final record with a completion event that is still due.
        .watch(watch == null ? null : Watch.WAITING)
        .build();
  }

  /** The next record, without lease and result. */
  private ImageRecordBuilder next(Instant now) {
    return toBuilder()
        .leaseUntil(null)
        .classification(null)
        .error(null)
        .updatedAt(now)
        .expireAt(null)
        .revision(revision + 1);
  }

  /** The next record, final for this run. */
  private ImageRecordBuilder over(
      Status status, @Nullable String token, List<Attempt> history, Instant now) {
    return next(now)
        .status(status)
        .token(token)
        .dueAt(null)
        .deferral(null)
        .history(history)
        .watch(watch == null ? null : Watch.announceFrom(now));
  }

  /**
   * The {@code canceled} record for work that the claim holder released or deferred after a cancel
   * request.
   */
  private ImageRecord canceledByItsHolder(String token, Instant now) {
    return over(Status.CANCELED, token, ended(Attempt.Result.CANCELED, null, now), now).build();
  }

  private List<Attempt> ended(Attempt.Result result, @Nullable String code, Instant now) {
    return Attempt.ended(history, result, code, now);
  }

  /**
   * The attempts, with an open one ended as {@code LEASE_LOST} at the end of its lease, at the
   * latest now.
   */
  private List<Attempt> lost(Instant now) {
    Instant end = leaseUntil == null || leaseUntil.isAfter(now) ? now : leaseUntil;
    return ended(Attempt.Result.LEASE_LOST, null, end);
  }

  private ImageRecord watchedBy(@Nullable Watch watch) {
    return toBuilder().watch(watch).revision(revision + 1).build();
  }

  private static void require(boolean holds, String rule, Object value) {
    if (!holds) {
      throw new IllegalArgumentException(rule + ": " + value);
    }
  }
}
