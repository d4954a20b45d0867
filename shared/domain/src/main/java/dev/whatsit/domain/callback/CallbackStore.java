package dev.whatsit.domain.callback;

import dev.whatsit.domain.failure.TransientFailure;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Keeps one document for each {@link Callback}. Every change is one conditional write: of two at
 * the same moment exactly one wins and the other sees what it lost to. A write that was answered is
 * durable.
 *
 * <p>A callback past its {@code expireAt} counts as absent for every method, whether or not the
 * store has removed it.
 *
 * <p>Each method is one step for the caller, who never needs to read first. Where a write's answer
 * may be lost, the adapter reads and recognises the caller's own message id or token, so that a
 * repeated call gives the first call's answer. Implementations are safe for use by several threads.
 */
public interface CallbackStore {
  /**
   * Writes a callback unless there is one with its id.
   *
   * @param fresh by whose {@code messageId} a repeated call recognises its own write
   * @param most how many of this kind the subject may have, at least 1. Of several that are written
   *     in the same moment a few more may get in.
   * @throws TransientFailure if it is not known whether it was written; the call may be repeated
   */
  RegisterResult register(Callback fresh, int most, Instant now);

  /**
   * Finds who still waits for the end of this run or of an earlier one.
   *
   * @param limit how many at most, at least 1
   * @return in no order; changes of the last moment show
   * @throws TransientFailure if the store cannot be reached
   */
  List<Callback> waiting(Subject subject, int limit);

  /**
   * Carries a callback that still waits over to a later run, all or nothing: it is that run's from
   * then on, by {@link Callback#carriedTo}. Where that run has one with its target already, it
   * becomes part of that one. Does nothing when it no longer waits.
   *
   * @param later a later run of the same work
   * @throws TransientFailure if it is not known whether it was written; the call may be repeated
   */
  void carry(CallbackId id, Subject later, Instant now);

  /**
   * Notes that the work has ended and what is to be told of it, unless that is known already.
   *
   * @param payload at most 100,000 characters
   * @return the callback as it stands, or empty when there is none
   * @throws TransientFailure if it is not known whether it was written; the call may be repeated
   */
  Optional<Callback> announce(CallbackId id, String payload, Instant now);

  /**
   * Claims a callback that is due, by {@link Callback#decide}.
   *
   * @throws TransientFailure if it is not known whether the claim was written; it may be repeated
   *     with the same token
   */
  CallbackClaimResult claim(CallbackClaim claim);

  /**
   * Ends a claim, unless a newer one holds the callback.
   *
   * @param token the token of the claim that was granted
   * @return the callback as it now stands, or empty when nothing was written
   * @throws TransientFailure if it is not known whether it was written; the call may be repeated
   */
  Optional<Callback> settle(CallbackId id, String token, Settlement settlement, Instant now);

  /**
   * Begins a callback anew, or has it begin anew when the claim that holds it ends, by {@link
   * Callback#redelivered}.
   *
   * @return the callback as it stands, or empty when there is none
   * @throws TransientFailure if it is not known whether it was written; the call may be repeated
   */
  Optional<Callback> redeliver(CallbackId id, Instant now);

  /**
   * Lists the callbacks of a subject, those of earlier runs that still wait included, by {@link
   * Callback#ofOneRun}.
   *
   * @param limit how many at most, at least 1
   * @throws TransientFailure if the store cannot be reached
   */
  List<Callback> list(Subject subject, CallbackKind kind, int limit, Instant now);

  /**
   * Finds callbacks that no living message or notifier may carry, by {@link Callback#checkAt}.
   *
   * @param limit how many at most, at least 1
   * @return the longest overdue first; changes of the last moment may not show
   * @throws TransientFailure if the store cannot be reached
   */
  List<Callback> overdue(Instant now, int limit);

  /**
   * Notes that a message carries an overdue callback again, if nothing else has happened to it
   * since it was read.
   *
   * @param seen the callback as {@link #overdue} gave it
   * @return whether it was written; false is no harm, the message is one too many
   * @throws TransientFailure if it is not known whether it was written
   */
  boolean sentAgain(Callback seen, Instant now);

  /**
   * Checks that the store answers, as cheaply as can be.
   *
   * @throws TransientFailure saying what is wrong and what to do
   */
  void checkReachable();
}
