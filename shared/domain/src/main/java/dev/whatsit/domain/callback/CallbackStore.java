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
 * Callbacks, one document each in the collection {@code callbacks}, named by its id. {@link
 * Callback} decides what is written; each method here is one conditional write of it. Of two
 * writers at the same moment exactly one wins, and the other decides again from what it lost to. A
 * callback past its {@code expireAt} counts as absent for every method, whether or not the store
 * has removed it. Callbacks are returned as they are stored, with instants cut to the millisecond.
 *
 * <p>Store calls without a conflict: a registration 2 (1 when there is one already), the end of a
 * claim 1, a query 1 (2 to list those of a later run than the first), every other change 2.
 *
 * <p>Thread-safe. Every method throws {@link TransientFailure} when the store cannot be reached or
 * a callback can't be read; after a change it is then not known whether it was written, and the
 * call may be repeated.
 */
public final class CallbackStore {
  /** How callbacks are stored. */
  public static final Codec<Callback> CODEC =
      Codec.of("callbacks", Callback.class)
          .derived("siblings", callback -> siblings(callback.subject(), callback.kind()))
          .derived(
              "waiting_for",
              callback ->
                  callback.status() == CallbackStatus.WAITING ? callback.subject().id() : null)
          .build();

  /** More than any subject has. */
  private static final int MAX_FOUND = 1_000;

  /** After so many conflicts something else is wrong. */
  private static final int MAX_CARRY_ATTEMPTS = 5;

  private final DocumentStore store;
  private final Documents<Callback> documents;

  /** The callbacks in a store. */
  public CallbackStore(DocumentStore store) {
    this.store = store;
    this.documents = new Documents<>(store, CODEC);
  }

  /**
   * Writes a callback unless there is one with its id.
   *
   * @param limit how many of this kind the subject may have, at least 1. Of several that are
   *     written in the same moment a few more may get in.
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

  /** Whether a document counts; one that can't be read does. */
  private boolean isThere(Document document, Instant now) {
    return documents.tryRead(document).filter(each -> each.get().isExpired(now)).isEmpty();
  }

  /**
   * Finds who still waits for the end of this run or of an earlier one. Callbacks that can't be
   * read are left out.
   *
   * @param limit at least 1
   * @return in no order
   */
  public List<Callback> waiting(Subject subject, int limit) {
    return find("waiting_for", subject.id()).stream()
        .filter(callback -> callback.subject().run() <= subject.run())
        .limit(limit)
        .toList();
  }

  /**
   * Carries a callback that still waits over to a later run, all or nothing: it is that run's from
   * then on, by {@link Callback#carriedTo}. Where that run has one with its target already, it
   * becomes part of that one. Does nothing when it no longer waits.
   *
   * @param seen the callback as it was read
   * @param later a later run of the same work
   */
  public void carry(Callback seen, Subject later, Instant now) {
    String fromId = seen.id().text();
    String toId = CallbackId.of(later, seen.kind(), seen.target()).text();
    for (int attempt = 1; attempt <= MAX_CARRY_ATTEMPTS; attempt++) {
      List<Document> found = store.getAll(List.of(documents.key(fromId), documents.key(toId)));
      Snapshot<Callback> from = documents.among(found, fromId);
      Snapshot<Callback> to = documents.among(found, toId);
      Optional<Callback> carried = from.find().flatMap(callback -> callback.carriedTo(later, now));
      if (carried.isEmpty()) {
        // Also when it was carried by this very call and the response was lost.
        return;
      }
      List<Write> writes = new ArrayList<>();
      writes.add(documents.delete(from));
      if (to.value() == null || to.value().isExpired(now)) {
        writes.add(documents.put(to, carried.get()));
      }
      if (store.commit(writes).isPresent()) {
        return;
      }
    }
    throw new TransientFailure("carry callback " + fromId + ": others are writing it all the time");
  }

  /**
   * Notes that the work has ended and what is to be told of it, unless that is known already.
   *
   * @param payload at most 100,000 characters
   * @return the callback as it stands, or empty when there is none
   */
  public Optional<Callback> announce(CallbackId id, String payload, Instant now) {
    return step(get(id), now, callback -> callback.announced(payload, now));
  }

  /** Claims a callback that is due, by {@link Callback#decide}. */
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
              // Granted by an earlier write whose response was lost, and changed by others since.
              ? Step.answer(new CallbackClaimResult.Granted(current))
              : Step.put(next, CallbackClaimResult.Granted::new);
        });
  }

  /**
   * Ends a claim, unless a newer one holds the callback.
   *
   * @return the callback as it now stands, or empty when nothing was written
   */
  public Optional<Callback> settle(
      CallbackClaimResult.Granted claim, AttemptOutcome settlement, Instant now) {
    String token = Objects.requireNonNull(claim.callback().token());
    return documents.change(
        claim.claimed(),
        current -> {
          Optional<Callback> stored = Optional.ofNullable(unexpired(current, now));
          return Step.of(
              stored.flatMap(callback -> callback.settled(token, settlement, now)),
              Optional::of,
              () -> stored.filter(callback -> callback.wasSettledWith(token)));
        });
  }

  /**
   * Begins a callback anew, or has it begin anew when the claim that holds it ends, by {@link
   * Callback#redelivered}. A callback that was begun anew by somebody else since it was read here
   * stays as it is.
   *
   * @return the callback as it stands, or empty when there is none
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
   * Lists the callbacks of a subject, those of earlier runs that still wait included, by {@link
   * Callback#ofOneRun}. Callbacks that can't be read are left out.
   *
   * @param limit at least 1
   */
  public List<Callback> list(Subject subject, CallbackKind kind, int limit, Instant now) {
    List<Callback> found = new ArrayList<>();
    for (Callback callback : find("siblings", siblings(subject, kind))) {
      if (!callback.isExpired(now)) {
        found.add(callback);
      }
    }
    if (subject.run() > 1) {
      for (Callback callback : waiting(subject, MAX_FOUND)) {
        if (callback.kind() == kind) {
          found.add(callback);
        }
      }
    }
    return Callback.ofOneRun(found, limit);
  }

  /**
   * Finds callbacks that no living message or notifier may carry, by {@link Callback#checkAt}.
   * Callbacks that can't be read are left out.
   *
   * @param limit 1 to {@value Query#MAX_LIMIT}
   * @return the longest overdue first
   */
  public List<Callback> overdue(Instant now, int limit) {
    return documents
        .queryReadable(Query.in(CODEC.collection()).upTo("check_at", now).limit(limit))
        .stream()
        .map(Snapshot::get)
        .toList();
  }

  /**
   * Notes that a message carries an overdue callback again, if nothing else has happened to it
   * since it was read.
   *
   * @param seen the callback as {@link #overdue} gave it
   * @return whether it was written; false is no harm, the message is a duplicate
   */
  public boolean sentAgain(Callback seen, Instant now) {
    return documents.change(
        get(seen.id()),
        current ->
            Step.of(
                Optional.ofNullable(unexpired(current, now))
                    .filter(callback -> callback.revision() == seen.revision())
                    .flatMap(callback -> callback.sentAgain(now)),
                written -> true,
                () -> false));
  }

  /**
   * Releases all claims; only for a start at which no process of before is running. The callbacks
   * are due at once, and no try is counted.
   *
   * @return how many callbacks
   */
  public int releaseAll(Instant now) {
    AttemptOutcome again = new AttemptOutcome.Again(now, now, null);
    int released = 0;
    for (Callback held : overdue(Instants.MAX, Query.MAX_LIMIT)) {
      String token = held.token();
      if (held.leaseUntil() != null
          && token != null
          && step(get(held.id()), now, callback -> callback.settled(token, again, now))
              .isPresent()) {
        released++;
      }
    }
    return released;
  }

  private List<Callback> find(String field, String value) {
    Query query = Query.in(CODEC.collection()).whereEqual(field, value).limit(MAX_FOUND);
    return documents.query(query).stream().map(Snapshot::get).toList();
  }

  /** A step of a callback that is there; the answer is the callback as it stands. */
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
