package dev.whatsit.domain.record;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one record for each image. Every change is one conditional write: of two at the same moment
 * exactly one wins and the other sees what it lost to. A write that was answered is durable. A
 * record past its {@code expireAt} counts as absent for every method, whether or not the store has
 * removed it.
 *
 * <p>Each method is one step for the caller, who never needs to read first. Where a write's answer
 * may be lost, the adapter reads and recognises the caller's own message id or token, so that a
 * repeated call gives the first call's answer. Implementations are safe for use by several threads.
 */
public interface RecordStore {
  /**
   * Reads a record.
   *
   * @return the record, or empty when there is none or it has expired at {@code now}
   * @throws TransientFailure if the store cannot be reached
   */
  Optional<ImageRecord> find(ImageHash hash, Instant now);

  /**
   * Reads several records.
   *
   * @return those that are there and have not expired at {@code now}, by their hash
   * @throws TransientFailure if the store cannot be reached
   */
  default Map<ImageHash, ImageRecord> findAll(Collection<ImageHash> hashes, Instant now) {
    Map<ImageHash, ImageRecord> found = new HashMap<>();
    for (ImageHash hash : hashes) {
      find(hash, now).ifPresent(record -> found.put(hash, record));
    }
    return found;
  }

  /**
   * Writes the first record of an image unless there is one.
   *
   * @param record with its {@code messageId} or its {@code token}, by which a repeated call
   *     recognises its own write
   * @throws TransientFailure if it is not known whether it was written; the call may be repeated
   */
  CreateResult createIfAbsent(ImageRecord record, Instant now);

  /**
   * Claims an image's work, by {@link ImageRecord#decide}.
   *
   * @throws TransientFailure if it is not known whether the claim was written; it may be repeated
   *     with the same token
   */
  ClaimResult claim(Claim claim);

  /**
   * Ends claimed work for good, unless a newer claim holds it.
   *
   * @param token the token of the claim that was granted
   * @throws TransientFailure if it is not known whether it was written; the call may be repeated
   */
  FinishResult finish(ImageHash hash, String token, Outcome outcome, Instant now);

  /**
   * Gives claimed work back to be tried again, unless a newer claim holds it. The attempt stays
   * counted. Work that was asked to be canceled ends so.
   *
   * @param token the token of the claim that was granted
   * @throws TransientFailure if it is not known whether it was written; the lease ends by itself
   */
  FinishResult release(ImageHash hash, String token, Instant now);

  /**
   * Puts claimed work off, unless a newer claim holds it: {@code queued} and due at an instant. The
   * attempt is given back. No message is left that carries the work; {@link #overdue} finds it.
   * Work that was asked to be canceled ends so.
   *
   * @param token the token of the claim that was granted
   * @param reason stable upper-case word
   * @param until when the work may start, after {@code now}
   * @throws TransientFailure if it is not known whether it was written; the lease ends by itself
   */
  FinishResult defer(ImageHash hash, String token, String reason, Instant until, Instant now);

  /**
   * Ends a run that its queue has given up, unless the run is over or under a live lease, or there
   * is no record.
   *
   * @param token new for every dead letter and the same for each of its deliveries
   * @return the record if it now says so, by this call or by an earlier one with this token
   * @throws TransientFailure if it is not known whether it was written; the call may be repeated
   */
  FinishResult giveUp(ImageHash hash, int run, String token, WorkError error, Instant now);

  /**
   * Cancels an image's work, by {@link ImageRecord#canceled}.
   *
   * @param token new for every request and the same when it is repeated
   * @throws TransientFailure if it is not known whether it was written; the call may be repeated
   */
  CancelResult cancel(ImageHash hash, String token, Instant now);

  /**
   * Makes scheduled work start earlier, by {@link ImageRecord#advanced}. The caller then publishes
   * what is {@code pending}, as after {@link #retry}.
   *
   * @param token new for every request and the same when it is repeated
   * @param dueAt when the work may start; {@code now} or before is at once
   * @throws TransientFailure if it is not known whether it was written; the call may be repeated
   */
  AdvanceResult advance(ImageHash hash, String token, Instant dueAt, Instant now);

  /**
   * Notes that somebody is to be told of the end of a run, who is already written down elsewhere:
   * from then on the run does not end without {@link ImageRecord#announceDue}. When it has ended,
   * that is set now, and the caller announces the end. A record of another run stays as it is.
   *
   * @return the record as it now stands, or empty when there is none
   * @throws TransientFailure if it is not known whether it was written; the call may be repeated
   */
  Optional<ImageRecord> watch(ImageHash hash, int run, Instant now);

  /**
   * Notes that everybody was told of the end of a run, unless the record has changed since it was
   * read: somebody may have come.
   *
   * @param seen the record as it was read before it was looked up who is to be told
   * @throws TransientFailure if it is not known whether it was written; the end is announced again
   */
  void announced(ImageRecord seen, Instant now);

  /**
   * Finds unfinished work that no living message or claimer may carry, and ended work whose end was
   * not announced, by {@link ImageRecord#overdueAt}.
   *
   * @param limit how many at most, at least 1
   * @return the longest overdue first; changes of the last moment may not show
   * @throws TransientFailure if the store cannot be reached
   */
  List<ImageRecord> overdue(Instant now, int limit);

  /**
   * Notes that overdue work is in the queue again, or that its end was announced again, if nothing
   * else has happened to it since it was read. The attempts stay counted.
   *
   * @param seen the record as {@link #overdue} gave it
   * @param messageId the queue's id of the fresh message
   * @return whether it was written; false is no harm, the message is one too many
   * @throws TransientFailure if it is not known whether it was written
   */
  boolean requeued(ImageRecord seen, String messageId, Instant now);

  /**
   * Lists records, newest first by {@code createdAt}, those of the same instant by descending hash.
   *
   * @param status only those with this status, or null for all
   * @param after where to begin, or null for the newest
   * @param limit how many at most, 1 to 1000
   * @throws TransientFailure if the store cannot be reached
   */
  RecordPage list(
      @Nullable Status status, RecordPage.@Nullable Position after, int limit, Instant now);

  /**
   * Starts another run of finished work: {@code pending}, {@code run} one higher, no attempts. The
   * caller then publishes the run's message and calls {@link #confirmQueued}.
   *
   * @throws TransientFailure if it is not known whether it was written
   */
  RetryResult retry(ImageHash hash, Instant now);

  /**
   * Notes that the message of a run is in the queue: {@code pending} to {@code queued}. Does
   * nothing when the work has gone on meanwhile or another run has begun.
   *
   * @throws TransientFailure if it is not known whether it was written
   */
  void confirmQueued(ImageHash hash, int run, String messageId, Instant now);

  /**
   * Checks that the store answers, as cheaply as can be.
   *
   * @throws TransientFailure saying what is wrong and what to do
   */
  void checkReachable();
}
