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
 * What is known of one image and its work: one document in the record store.
 *
 * <p>The state machine is here, as pure functions from a record to the next one; the store only
 * makes each step one conditional write. Every step raises {@code revision} by one.
 *
 * @param image what was submitted
 * @param run which run of the work, from 1; a retry adds one
 * @param status where the work stands
 * @param attempts granted claims of this run, from 0
 * @param messageId the queue's id of the message that carries the work, when there is one
 * @param token the fencing token of the newest claim; kept when that claim ends, so that its holder
 *     recognises a write whose answer was lost; null when somebody else ended the work
 * @param leaseUntil when the newest claim ends; set in {@code processing} only
 * @param cancelRequested whether somebody asked to cancel while it was in {@code processing}
 * @param dueAt when the work may start, when that is not at once
 * @param deferral why the work was put off by itself, if it was; not on final records
 * @param classification the result; set in {@code success} only
 * @param error why it failed; set in {@code error} only
 * @param createdAt when the image was submitted first
 * @param updatedAt when the work last went on; who is to be told of its end does not count
 * @param expireAt from when on the record counts as absent; on final records only
 * @param revision counts the writes, from 1
 * @param history the newest attempts of all runs, the oldest first, {@link Attempt#MAX_KEPT} at
 *     the most; the last one may go on
 * @param watch who is to be told of the end of this run, or null when nobody is
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
  /** How long after its last change work counts as overdue. */
  private static final Duration PENDING = Duration.ofMinutes(1);

  private static final Duration QUEUED = Duration.ofHours(1);

  /** How long after the end of the lease. */
  private static final Duration PROCESSING = Duration.ofMinutes(5);

  /**
   * Checks that the parts fit the status.
   *
   * @throws IllegalArgumentException naming what does not fit
   */
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
    require(deferral == null || !status.isFinal(), "final work is not put off any more", status);
    require(expireAt == null || status.isFinal(), "only final records expire", status);
    require(history.size() <= Attempt.MAX_KEPT, "too many attempts are kept", history.size());
    history = List.copyOf(history);
    require(
        watch == null || (watch.announceDue() != null) == status.isFinal(),
        "an announcement is due once the work has ended and only then",
        status);
  }

  /**
   * A builder of a record that nothing has happened to: {@code pending}, run 1, revision 1, updated
   * when it was created; everything else is absent.
   */
  public static ImageRecordBuilder builder(ImageDescription image, Instant createdAt) {
    return new ImageRecordBuilder(image, createdAt);
  }

  /** A builder that begins with every part of this record. */
  public ImageRecordBuilder toBuilder() {
    return new ImageRecordBuilder(this);
  }

  /**
   * The first record of an image whose message is in the queue.
   *
   * @param messageId the queue's id of that message
   */
  public static ImageRecord queued(ImageDescription image, String messageId, Instant now) {
    return builder(image, now).status(Status.QUEUED).messageId(messageId).build();
  }

  /**
   * The first record of an image whose work starts later. No message carries it: it is overdue when
   * it is due, which is how the sweep finds it.
   *
   * @param dueAt when the work may start, after {@code now}
   */
  public static ImageRecord scheduled(ImageDescription image, Instant dueAt, Instant now) {
    return builder(image, now).status(Status.SCHEDULED).dueAt(dueAt).build();
  }

  /**
   * This first record as it is written over one that has expired: the revision goes on, so that no
   * revision ever names two states of one image.
   *
   * @param expired what it is written over
   */
  public ImageRecord replacing(ImageRecord expired) {
    return toBuilder().revision(expired.revision + 1).build();
  }

  /** The image's identity. */
  public ImageHash hash() {
    return image.hash();
  }

  /** The message that asks for the work of this run. */
  public WorkMessage message() {
    return new WorkMessage(image, run, createdAt);
  }

  /** Whether the record counts as absent at this instant. */
  public boolean isExpired(Instant now) {
    return expireAt != null && !now.isBefore(expireAt);
  }

  /**
   * From when on nobody may be carrying this work any more, so that it is to be put into the queue
   * again: {@code pending} for a minute, {@code queued} untouched for an hour, {@code processing}
   * whose lease ended five minutes ago, and what was put off or scheduled, when it is due. On final
   * records: from when on their end is to be announced again, or empty when nobody is left to be
   * told.
   */
  public Optional<Instant> overdueAt() {
    return switch (status) {
      case SUCCESS, ERROR, CANCELED -> announceDue();
      case PROCESSING -> Optional.ofNullable(leaseUntil).map(until -> until.plus(PROCESSING));
      case PENDING -> Optional.of(later(dueAt, updatedAt.plus(PENDING)));
      case SCHEDULED, QUEUED -> Optional.of(dueAt != null ? dueAt : updatedAt.plus(QUEUED));
    };
  }

  /** From when on the end of this run is to be announced again; empty when it is not to be. */
  public Optional<Instant> announceDue() {
    return Optional.ofNullable(watch).map(Watch::announceDue);
  }

  private static Instant later(@Nullable Instant one, Instant other) {
    return one != null && one.isAfter(other) ? one : other;
  }

  /** What a claim comes to. */
  public sealed interface Decision {
    /**
     * The claim is granted, or the work canceled because of it.
     *
     * @param record to be written, unless it is the current one
     */
    record Next(ImageRecord record) implements Decision {}

    /** Nothing is to be written. */
    record Answer(ClaimResult result) implements Decision {}
  }

  /**
   * Decides a claim. A missing or expired record is created by it. A newer run than the record's
   * can only come from a record that was restored from a backup; the message's word holds then.
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
      // This very claim canceled it and its answer was lost.
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
   * The final record after the claim with this token, or empty when a newer claim holds the work. A
   * lease that has ended does not matter as long as nobody else has claimed.
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
   * The record after the claim with this token was given up for another try, or empty when a newer
   * claim holds the work. The attempt stays counted. Work that was asked to be canceled is over.
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
   * The record after the claim with this token was put off, or empty when a newer claim holds the
   * work. The attempt is given back, and the first deferral's instant is kept. Work that was asked
   * to be canceled is over.
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
   * Whether the claim with this token was put off, or canceled then, in the record as it stands.
   */
  public boolean wasDeferredWith(String token) {
    boolean waits = status == Status.QUEUED && deferral != null && dueAt != null;
    return (waits || status == Status.CANCELED) && token.equals(this.token);
  }

  /**
   * The record after somebody asked to cancel the work: {@code canceled}, or under a live lease
   * {@code processing} with the request noted. Empty when the work has ended or the request is
   * noted already.
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
   * The record after the queue gave this run up, or empty when the run is over or under a live
   * lease.
   */
  public Optional<ImageRecord> givenUp(int run, WorkError error, Instant now) {
    boolean held = leaseUntil != null && leaseUntil.isAfter(now);
    return run != this.run || status.isFinal() || held
        ? Optional.empty()
        : Optional.of(over(Status.ERROR, null, lost(now), now).error(error).build());
  }

  /**
   * The record after somebody asked for scheduled work to start earlier: due then, or {@code
   * pending} when that is now. Empty when it is no longer scheduled, or due by then anyway.
   *
   * @param dueAt when the work may start; {@code now} or before is at once
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
   * The record after its overdue work was put into the queue again, or the overdue announcement of
   * its end was made again. Empty when it is not overdue.
   *
   * @param messageId the queue's id of the fresh message
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
   * The record after somebody asked to be told of the end of this run: of work that has ended, the
   * end is to be announced anew. Empty when it is known already that somebody waits, and for
   * another run than this one.
   */
  public Optional<ImageRecord> watched(int run, Instant now) {
    if (run != this.run || (watch != null && !status.isFinal())) {
      return Optional.empty();
    }
    return Optional.of(watchedBy(status.isFinal() ? Watch.announceFrom(now) : Watch.WAITING));
  }

  /**
   * The record after everybody was told of its end who was to be told when it was read as {@code
   * seen}. Empty when it has changed since, so that somebody may have come.
   */
  public Optional<ImageRecord> announced(ImageRecord seen) {
    return announceDue().isPresent() && revision == seen.revision
        ? Optional.of(watchedBy(null))
        : Optional.empty();
  }

  /**
   * The record after somebody asked to run finished work again: {@code pending}, the next run, no
   * attempts. Empty when the work is still under way, or no further run can be counted. Whoever was
   * not told of the end before is told of the end of this run.
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
   * The record after the message of this run is known to be in the queue. Empty when that is no
   * longer of interest: another run, or work that has already gone on.
   */
  public Optional<ImageRecord> confirmedQueued(int run, String messageId, Instant now) {
    if (status != Status.PENDING || this.run != run) {
      return Optional.empty();
    }
    return Optional.of(next(now).status(Status.QUEUED).messageId(messageId).build());
  }

  /** Whether the claim with this token already ended in the record as it stands. */
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
        // A newer run than the record's may come upon an end that is still to be announced.
        .watch(watch == null ? null : Watch.WAITING)
        .build();
  }

  /** The next record, held by nobody and without result. */
  private ImageRecordBuilder next(Instant now) {
    return toBuilder()
        .leaseUntil(null)
        .classification(null)
        .error(null)
        .updatedAt(now)
        .expireAt(null)
        .revision(revision + 1);
  }

  /** The next record, in which this run has ended. */
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

  /** The end of work whose holder was told that somebody asked to cancel it. */
  private ImageRecord canceledByItsHolder(String token, Instant now) {
    return over(Status.CANCELED, token, ended(Attempt.Result.CANCELED, null, now), now).build();
  }

  private List<Attempt> ended(Attempt.Result result, @Nullable String code, Instant now) {
    return Attempt.ended(history, result, code, now);
  }

  /** The attempts as they are when nobody holds the work any more that told of its end. */
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
