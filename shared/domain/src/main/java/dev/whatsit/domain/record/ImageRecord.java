package dev.whatsit.domain.record;

import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageHash;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one image and its work: one document in the record store.
 *
 * <p>The state machine is here, as pure functions from a record to the next one; a store only makes
 * each step one conditional write. Every step raises {@code revision} by one.
 *
 * @param image what was submitted
 * @param run which run of the work, from 1; a retry adds one
 * @param status where the work stands
 * @param attempts granted claims of this run, from 0
 * @param messageId the queue's id of the message that carries the work, when there is one
 * @param token the fencing token of the newest claim; kept when the work ends, so that a writer
 *     whose answer was lost recognises its own write
 * @param leaseUntil when the newest claim ends; set in {@code processing} only
 * @param cancelRequested whether somebody asked to cancel while it was in {@code processing}
 * @param dueAt when the work may start, when that is not at once
 * @param classification the result; set in {@code success} only
 * @param error why it failed; set in {@code error} only
 * @param createdAt when the image was submitted first
 * @param updatedAt when this revision was written
 * @param expireAt from when on the record counts as absent; on final records only
 * @param revision counts the writes, from 1
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
    @Nullable Classification classification,
    @Nullable WorkError error,
    Instant createdAt,
    Instant updatedAt,
    @Nullable Instant expireAt,
    long revision) {
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
    require(expireAt == null || status.isFinal(), "only final records expire", status);
  }

  /**
   * The first record of an image whose message is in the queue.
   *
   * @param messageId the queue's id of that message
   */
  public static ImageRecord queued(ImageDescription image, String messageId, Instant now) {
    return new ImageRecord(
        image,
        1,
        Status.QUEUED,
        0,
        messageId,
        null,
        null,
        false,
        null,
        null,
        null,
        now,
        now,
        null,
        1);
  }

  /** The image's identity. */
  public ImageHash hash() {
    return image.hash();
  }

  /** Whether the record counts as absent at this instant. */
  public boolean isExpired(Instant now) {
    return expireAt != null && !now.isBefore(expireAt);
  }

  /**
   * What a claim comes to, and what to write for it.
   *
   * @param result the answer, valid once {@code write} has been written
   * @param write the next record, or null when nothing is to be written
   */
  public record Decision(ClaimResult result, @Nullable ImageRecord write) {}

  /**
   * Decides a claim. A missing or expired record is created by it. A newer run than the record's
   * can only come from a record that was restored from a backup; the message's word holds then.
   *
   * @param current the record as stored, or null when there is none
   */
  public static Decision decide(@Nullable ImageRecord current, Claim claim) {
    if (current == null || current.isExpired(claim.now())) {
      return grant(
          new ImageRecord(
              claim.message().image(),
              claim.message().run(),
              Status.PROCESSING,
              1,
              claim.messageId(),
              claim.token(),
              claim.leaseUntil(),
              false,
              null,
              null,
              null,
              claim.message().submittedAt(),
              claim.now(),
              null,
              current == null ? 1 : current.revision + 1));
    }
    int run = claim.message().run();
    if (run < current.run) {
      return new Decision(new ClaimResult.Outdated(current.run), null);
    }
    if (run > current.run) {
      return grant(current.claimed(claim, 1));
    }
    if (current.status == Status.CANCELED
        && current.cancelRequested
        && claim.token().equals(current.token)) {
      // This very claim canceled it and its answer was lost.
      return new Decision(new ClaimResult.CancelRequested(current), null);
    }
    if (current.status.isFinal()) {
      return new Decision(new ClaimResult.Finished(current), null);
    }
    Instant lease = current.leaseUntil;
    if (lease != null && claim.token().equals(current.token)) {
      return new Decision(new ClaimResult.Granted(current), null);
    }
    if (lease != null && lease.isAfter(claim.now())) {
      boolean same = claim.messageId().equals(current.messageId);
      return new Decision(new ClaimResult.HeldUntil(lease, same), null);
    }
    if (current.cancelRequested) {
      ImageRecord canceled = current.next(Status.CANCELED, claim.token(), null, null, claim.now());
      return new Decision(new ClaimResult.CancelRequested(canceled), canceled);
    }
    if (current.dueAt != null && current.dueAt.isAfter(claim.now())) {
      return new Decision(new ClaimResult.NotDue(current.dueAt), null);
    }
    return grant(current.claimed(claim, current.attempts + 1));
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
      return Optional.of(next(Status.SUCCESS, token, classified.classification(), null, now));
    }
    Outcome.Failed failed = (Outcome.Failed) outcome;
    return Optional.of(next(Status.ERROR, token, null, failed.error(), now));
  }

  /**
   * The record after the claim with this token was given up for another try, or empty when a newer
   * claim holds the work. The attempt stays counted.
   */
  public Optional<ImageRecord> released(String token, Instant now) {
    return isHeldWith(token)
        ? Optional.of(next(Status.QUEUED, token, null, null, now))
        : Optional.empty();
  }

  /**
   * The record after somebody asked to run finished work again: {@code pending}, the next run, no
   * attempts. Empty when the work is still under way.
   */
  public Optional<ImageRecord> retried(Instant now) {
    if (!status.isFinal()) {
      return Optional.empty();
    }
    return Optional.of(
        new ImageRecord(
            image,
            run + 1,
            Status.PENDING,
            0,
            null,
            null,
            null,
            false,
            null,
            null,
            null,
            createdAt,
            now,
            null,
            revision + 1));
  }

  /**
   * The record after the message of this run is known to be in the queue. Empty when that is no
   * longer of interest: another run, or work that has already gone on.
   */
  public Optional<ImageRecord> confirmedQueued(int run, String messageId, Instant now) {
    if (status != Status.PENDING || this.run != run) {
      return Optional.empty();
    }
    return Optional.of(
        new ImageRecord(
            image,
            run,
            Status.QUEUED,
            attempts,
            messageId,
            token,
            null,
            cancelRequested,
            dueAt,
            null,
            null,
            createdAt,
            now,
            null,
            revision + 1));
  }

  /** Whether the claim with this token already ended in the record as it stands. */
  public boolean wasEndedWith(String token) {
    return status != Status.PROCESSING && token.equals(this.token);
  }

  private boolean isHeldWith(String token) {
    return status == Status.PROCESSING && token.equals(this.token);
  }

  private static Decision grant(ImageRecord record) {
    return new Decision(new ClaimResult.Granted(record), record);
  }

  private ImageRecord claimed(Claim claim, int attempts) {
    return new ImageRecord(
        image,
        claim.message().run(),
        Status.PROCESSING,
        attempts,
        claim.messageId(),
        claim.token(),
        claim.leaseUntil(),
        false,
        null,
        null,
        null,
        createdAt,
        claim.now(),
        null,
        revision + 1);
  }

  private ImageRecord next(
      Status status,
      String token,
      @Nullable Classification classification,
      @Nullable WorkError error,
      Instant now) {
    return new ImageRecord(
        image,
        run,
        status,
        attempts,
        messageId,
        token,
        null,
        cancelRequested,
        null,
        classification,
        error,
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
