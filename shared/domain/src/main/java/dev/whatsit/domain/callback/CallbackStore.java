package dev.whatsit.domain.callback;

import dev.whatsit.domain.document.Codec;
import dev.whatsit.domain.document.Document;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.document.Documents;
import dev.whatsit.domain.document.Instants;
import dev.whatsit.domain.document.Query;
import dev.whatsit.domain.document.Snapshot;
import dev.whatsit.domain.document.Step;
import dev.whatsit.domain.document.Write;
import dev.whatsit.domain.failure.TransientFailure;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Stores callbacks, one document each in the collection {@code callbacks}, under the callback's id.
 * {@link Callback} decides what is written; each change here is one conditional write (optimistic
 * concurrency). Of two concurrent writers exactly one succeeds; the other decides again from the
 * new document. A callback past its {@code expireAt} counts as absent for every method, whether or
 * not the store has removed it. Callbacks are returned as they are stored, with instants truncated
 * to the millisecond.
 *
 * <p>Store calls without a conflict: a registration 2 (1 when the callback exists), the end of a
 * claim 1, a query 1 (listing callbacks of a run after the first 2), every other change 2.
 *
 * <p>Thread-safe. Every method throws {@link TransientFailure} when the store cannot be reached or
 * a callback can't be read; for a change it is then unknown whether it was written, and the call
 * may be repeated.
 */
public final class CallbackStore {
  public static final Codec<Callback> CODEC =
      Codec.of("callbacks", Callback.class)
          .derived("siblings", callback -> siblings(callback.subject(), callback.kind()))
          .derived(
              "waiting_for",
              callback ->
                  callback.status() == CallbackStatus.WAITING ? callback.subject().id() : null)
          .build();

  /** The limit of a query by subject; more than any subject has. */
  private static final int MAX_FOUND = 1_000;

  /** Conflicts beyond this number are not caused by normal concurrency. */
  private static final int MAX_MOVE_ATTEMPTS = 5;

  private final DocumentStore store;
  private final Documents<Callback> documents;

  public CallbackStore(DocumentStore store) {
    this.store = store;
    this.documents = new Documents<>(store, CODEC);
  }

  /**
   * Writes a callback unless one with its id exists.
   *
   * @param limit maximum number of callbacks of this kind for the subject, at least 1. Concurrent
   *     registrations may exceed it by a few.
   */
  public RegisterResult register(Callback fresh, int limit, Instant now) {
    String id = fresh.id().text();
    List<Document> found =
        store.query(
            Query.in(CODEC.collection())
                .whereEqual("siblings", siblings(fresh.subject(), fresh.kind()))
                .limit(limit));
    Snapshot<Callback> known = documents.among(found, id);
    if (known.value() == null
        && found.stream().filter(each -> isThere(each, now)).count() >= limit) {
      return new RegisterResult.TooMany();
    }
    return documents.change(
        known,
        current -> {
          Callback stored = current.value();
          return stored == null || stored.isExpired(now)
              ? Step.replace(fresh, written -> new RegisterResult.Registered(written.get()))
              : Step.answer(new RegisterResult.Exists(stored));
        });
  }

  /** Whether a document counts towards the limit; one that cannot be read does. */
  private boolean isThere(Document document, Instant now) {
    return documents.tryRead(document).filter(each -> each.get().isExpired(now)).isEmpty();
  }

  /**
   * Callbacks that wait for a completion.
   *
   * @param callbacks in no order
   * @param complete false if there are more, or some that cannot be read
   */
  public record WaitingCallbacks(List<Callback> callbacks, boolean complete) {}

  /**
   * Finds the callbacks that wait for the completion of this run or of an earlier one.
   *
   * @param limit at least 1
   */
  public WaitingCallbacks waiting(Subject subject, int limit) {
    List<Document> found = store.query(by("waiting_for", subject.id()));
    List<Snapshot<Callback>> readable = documents.readable(found);
    List<Callback> waiting =
        readable.stream()
            .map(Snapshot::get)
            .filter(callback -> callback.subject().run() <= subject.run())
            .toList();
    boolean complete =
        readable.size() == found.size() && found.size() < MAX_FOUND && waiting.size() <= limit;
    return new WaitingCallbacks(waiting.stream().limit(limit).toList(), complete);
  }

  /**
   * Moves a waiting callback to a later run in one commit, by {@link Callback#movedTo}. If that run
   * already has a callback of this kind and target, this one is only deleted. Does nothing when the
   * callback is no longer {@code waiting}.
   *
   * @param seen the callback as it was read
   * @param later a later run of the same work
   */
  public void moveTo(Callback seen, Subject later, Instant now) {
    String fromId = seen.id().text();
    String toId = CallbackId.of(later, seen.kind(), seen.target()).text();
    for (int attempt = 1; attempt <= MAX_MOVE_ATTEMPTS; attempt++) {
      List<Document> found = store.getAll(List.of(documents.key(fromId), documents.key(toId)));
      Snapshot<Callback> from = documents.among(found, fromId);
      Snapshot<Callback> to = documents.among(found, toId);
      Optional<Callback> moved = from.find().flatMap(callback -> callback.movedTo(later, now));
      if (moved.isEmpty()) {
        // Also reached when this call has moved the callback and the response was lost.
        return;
      }
      List<Write> writes = new ArrayList<>();
      writes.add(documents.delete(from));
      if (to.value() == null || to.value().isExpired(now)) {
        writes.add(documents.put(to, moved.get()));
      }
      if (store.commit(writes).isPresent()) {
        return;
      }
    }
    throw new TransientFailure("move callback " + fromId + ": too many conflicting writes");
  }

  /**
   * Writes the notification of completed work, by {@link Callback#announced}.
   *
   * @param payload at most 100,000 characters
   * @return the callback after the call, or empty when there is none
   */
  public Optional<Callback> announce(CallbackId id, String payload, Instant now) {
    return step(get(id), now, callback -> callback.announced(payload, now));
  }

  /** Claims a due callback as {@link Callback#decide} decides. */
  public CallbackClaimResult claim(CallbackClaim claim) {
    return documents.change(
        get(claim.id()),
        current -> {
          Callback stored = unexpired(current, claim.now());
          Callback.Decision decision = Callback.decide(stored, claim);
          if (decision instanceof Callback.Decision.Answer answer) {
            return Step.answer(answer.result());
          }
          Callback next = ((Callback.Decision.Next) decision).callback();
          return next.equals(stored)
              // An earlier write of this claim granted it: the response was lost, and another
              // writer has changed the callback since.
              ? Step.answer(new CallbackClaimResult.Granted(current))
              : Step.put(next, CallbackClaimResult.Granted::new);
        });
  }

  /**
   * Writes the result of a claim, unless a newer claim holds the callback.
   *
   * @return the callback after the claim, or empty when nothing was written
   */
  public Optional<Callback> settle(
      CallbackClaimResult.Granted claim, AttemptOutcome outcome, Instant now) {
    String token = Objects.requireNonNull(claim.callback().token());
    return documents.change(
        claim.claimed(),
        current -> {
          Optional<Callback> stored = Optional.ofNullable(unexpired(current, now));
          return Step.of(
              stored.flatMap(callback -> callback.settled(token, outcome, now)),
              Optional::of,
              () -> stored.filter(callback -> callback.wasSettledWith(token)));
        });
  }

  /**
   * Requests redelivery of a callback, at once or when the claim that holds it ends, by {@link
   * Callback#redelivered}. Does nothing more when a concurrent request has already restarted
   * delivery.
   *
   * @return the callback after the call, or empty when there is none
   */
  public Optional<Callback> redeliver(CallbackId id, Instant now) {
    Snapshot<Callback> seen = get(id);
    return step(
        seen,
        now,
        callback ->
            Objects.equals(callback.since(), seen.get().since())
                ? callback.redelivered(now)
                : Optional.empty());
  }

  /**
   * Lists the callbacks of a subject, including waiting ones of earlier runs, by {@link
   * Callback#ofOneRun}. Callbacks that cannot be read are left out.
   *
   * @param limit at least 1
   */
  public List<Callback> list(Subject subject, CallbackKind kind, int limit, Instant now) {
    List<Callback> found = new ArrayList<>();
    for (Snapshot<Callback> sibling :
        documents.readable(store.query(by("siblings", siblings(subject, kind))))) {
      if (!sibling.get().isExpired(now)) {
        found.add(sibling.get());
      }
    }
    if (subject.run() > 1) {
      for (Callback callback : waiting(subject, MAX_FOUND).callbacks()) {
        if (callback.kind() == kind) {
          found.add(callback);
        }
      }
    }
    return Callback.ofOneRun(found, limit);
  }

  /**
   * Finds stalled callbacks, by {@link Callback#checkAt}. Callbacks that cannot be read are left
   * out.
   *
   * @param limit 1 to {@value Query#MAX_LIMIT}
   * @return ordered by {@code checkAt}, earliest first
   */
  public List<Callback> overdue(Instant now, int limit) {
    return documents.find(Query.in(CODEC.collection()).upTo("check_at", now).limit(limit));
  }

  /**
   * Marks an overdue callback as published again, unless it has changed since it was read.
   *
   * @param seen the callback as {@link #overdue} returned it
   * @return whether it was written; false is harmless, the published message is then a duplicate
   */
  public boolean republished(Callback seen, Instant now) {
    return documents.change(
        get(seen.id()),
        current ->
            Step.of(
                Optional.ofNullable(unexpired(current, now))
                    .filter(callback -> callback.revision() == seen.revision())
                    .flatMap(callback -> callback.republished(now)),
                written -> true,
                () -> false));
  }

  /**
   * Releases all claims. Only for a start-up at which no earlier process still runs. The callbacks
   * are due at once, and no try is counted.
   */
  public void releaseAll(Instant now) {
    AttemptOutcome again = new AttemptOutcome.Again(now, now, null);
    for (Callback held : overdue(Instants.MAX, Query.MAX_LIMIT)) {
      String token = held.token();
      if (held.leaseUntil() != null && token != null) {
        step(get(held.id()), now, callback -> callback.settled(token, again, now));
      }
    }
  }

  private static Query by(String field, String value) {
    return Query.in(CODEC.collection()).whereEqual(field, value).limit(MAX_FOUND);
  }

  /** Changes an existing callback; returns the callback after the call. */
  private Optional<Callback> step(
      Snapshot<Callback> seen, Instant now, Function<Callback, Optional<Callback>> step) {
    return documents.change(
        seen,
        current -> {
          Optional<Callback> stored = Optional.ofNullable(unexpired(current, now));
          return Step.of(stored.flatMap(step), Optional::of, () -> stored);
        });
  }

  private Snapshot<Callback> get(CallbackId id) {
    return documents.get(id.text());
  }

  private static @Nullable Callback unexpired(Snapshot<Callback> found, Instant now) {
    Callback callback = found.value();
    return callback == null || callback.isExpired(now) ? null : callback;
  }

  private static String siblings(Subject subject, CallbackKind kind) {
    return subject.key() + "-" + kind.word();
  }
}
