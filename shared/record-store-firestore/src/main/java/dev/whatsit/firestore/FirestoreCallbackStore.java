package dev.whatsit.firestore;

import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackClaim;
import dev.whatsit.domain.callback.CallbackClaimResult;
import dev.whatsit.domain.callback.CallbackId;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.RegisterResult;
import dev.whatsit.domain.callback.Settlement;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.firestore.Documents.Found;
import dev.whatsit.firestore.Documents.Step;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Callbacks in Firestore, one document each. What is to be written is decided by {@link Callback},
 * between a read and one conditional write. Safe for use by several threads and processes.
 *
 * <p>Remote calls when nobody interferes: a registration 2 (1 when there is one already), a query 1
 * (2 to list those of a later run than the first), to carry one 3, every other change 2.
 */
final class FirestoreCallbackStore implements CallbackStore {
  /** How many documents one query gives at most; no subject has nearly as many. */
  private static final int MOST_AT_ONCE = 1_000;

  /** After so many lost races something else is wrong. */
  private static final int MOST_ATTEMPTS = 5;

  private final Documents documents;

  FirestoreCallbackStore(Documents documents) {
    this.documents = documents;
  }

  @Override
  public RegisterResult register(Callback fresh, int most, Instant now) {
    String action = "register callback " + fresh.id();
    List<Document> siblings =
        documents.query(
            action,
            CallbackDocument.siblings(fresh.subject(), fresh.kind(), most),
            documents.budget());
    String name = name(fresh.id());
    Found known = Found.NOTHING;
    for (Document document : siblings) {
      if (document.name().equals(name)) {
        known = new Found(document);
      }
    }
    long there = siblings.stream().filter(document -> !isExpired(document, now)).count();
    if (known.document() == null && there >= most) {
      return new RegisterResult.TooMany();
    }
    return change(
        action,
        fresh.id(),
        known,
        now,
        stored -> {
          if (stored == null) {
            return put(fresh, RegisterResult.Registered::new);
          }
          return new Step.Answer<>(
              stored.messageId().equals(fresh.messageId())
                  ? new RegisterResult.Registered(stored)
                  : new RegisterResult.Exists(stored));
        });
  }

  @Override
  public List<Callback> waiting(Subject subject, int limit) {
    List<Document> found =
        documents.query(
            "find who waits for " + subject.key(),
            CallbackDocument.waiting(subject.id(), MOST_AT_ONCE),
            documents.budget());
    // Who cannot be read cannot be told, however long the others are kept waiting for it.
    return ReadableDocuments.readAll(found, CallbackDocument::read).stream()
        .filter(callback -> callback.subject().run() <= subject.run())
        .limit(limit)
        .toList();
  }

  @Override
  public void carry(CallbackId id, Subject later, Instant now) {
    String action = "carry callback " + id;
    Documents.Budget budget = documents.budget();
    for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      Document from = documents.read(action, name(id), budget).document();
      Callback carried =
          from == null ? null : CallbackDocument.read(from).carriedTo(later, now).orElse(null);
      if (from == null || carried == null) {
        // Also when it was carried by this very call and the answer was lost.
        return;
      }
      List<Write> writes = new ArrayList<>();
      writes.add(Write.remove(from.name()).ifStill(from));
      String to = name(carried.id());
      if (documents.read(action, to, budget).document() == null) {
        writes.add(Write.put(to, CallbackDocument.fields(carried), null).ifStill(null));
      }
      if (documents.commit(action, writes, budget)) {
        return;
      }
      budget.pause(action, attempt);
    }
    throw new TransientFailure(action + ": too many others are writing the same callback");
  }

  @Override
  public Optional<Callback> announce(CallbackId id, String payload, Instant now) {
    return step("announce callback", id, now, callback -> callback.announced(payload, now));
  }

  @Override
  public CallbackClaimResult claim(CallbackClaim claim) {
    return change(
        "claim callback " + claim.id(),
        claim.id(),
        null,
        claim.now(),
        stored -> {
          Callback.Decision decision = Callback.decide(stored, claim);
          Callback next = decision.write();
          return next == null
              ? new Step.Answer<>(decision.result())
              : put(next, CallbackClaimResult.Granted::new);
        });
  }

  @Override
  public Optional<Callback> settle(
      CallbackId id, String token, Settlement settlement, Instant now) {
    return change(
        "settle callback " + id,
        id,
        null,
        now,
        stored -> {
          if (stored == null) {
            return new Step.Answer<>(Optional.empty());
          }
          return stored
              .settled(token, settlement, now)
              .<Step<Optional<Callback>>>map(next -> put(next, Optional::of))
              .orElseGet(
                  () ->
                      new Step.Answer<>(Optional.of(stored).filter(c -> c.wasSettledWith(token))));
        });
  }

  @Override
  public Optional<Callback> redeliver(CallbackId id, Instant now) {
    return step("redeliver callback", id, now, callback -> callback.redelivered(now));
  }

  @Override
  public List<Callback> list(Subject subject, CallbackKind kind, int limit, Instant now) {
    List<Document> siblings =
        documents.query(
            "list callbacks of " + subject.key(),
            CallbackDocument.siblings(subject, kind, MOST_AT_ONCE),
            documents.budget());
    List<Callback> found = new ArrayList<>();
    ReadableDocuments.readAll(siblings, CallbackDocument::read).stream()
        .filter(callback -> !callback.isExpired(now))
        .forEach(found::add);
    if (subject.run() > 1) {
      waiting(subject, MOST_AT_ONCE).stream()
          .filter(callback -> callback.kind() == kind)
          .forEach(found::add);
    }
    return Callback.ofOneRun(found, limit);
  }

  @Override
  public List<Callback> overdue(Instant now, int limit) {
    return ReadableDocuments.find(
        documents,
        "find overdue callbacks",
        wanted -> CallbackDocument.overdue(now, wanted),
        limit,
        CallbackDocument::read);
  }

  @Override
  public boolean sentAgain(Callback seen, Instant now) {
    return change(
        "note that was sent again callback " + seen.id(),
        seen.id(),
        null,
        now,
        stored ->
            Optional.ofNullable(stored)
                .filter(current -> current.revision() == seen.revision())
                .flatMap(current -> current.sentAgain(now))
                .<Step<Boolean>>map(next -> put(next, kept -> true))
                .orElseGet(() -> new Step.Answer<>(false)));
  }

  @Override
  public void checkReachable() {
    // No document has this name; a read that finds nothing still proves the way there and back.
    documents.read("reach the callbacks", documents.name(CallbackDocument.COLLECTION, "health"));
  }

  /** One that cannot be read is there. */
  private static boolean isExpired(Document document, Instant now) {
    return ReadableDocuments.read(document, CallbackDocument::read)
        .filter(callback -> callback.isExpired(now))
        .isPresent();
  }

  private Optional<Callback> step(
      String action, CallbackId id, Instant now, Function<Callback, Optional<Callback>> step) {
    return change(
        action + " " + id,
        id,
        null,
        now,
        stored -> {
          Optional<Callback> current = Optional.ofNullable(stored);
          return current
              .flatMap(step)
              .<Step<Optional<Callback>>>map(next -> put(next, Optional::of))
              .orElseGet(() -> new Step.Answer<>(current));
        });
  }

  private <T> T change(
      String action,
      CallbackId id,
      @Nullable Found known,
      Instant now,
      Function<@Nullable Callback, Step<T>> decide) {
    return documents
        .change(
            action,
            name(id),
            known,
            document -> {
              Callback stored = document == null ? null : CallbackDocument.read(document);
              return decide.apply(stored == null || stored.isExpired(now) ? null : stored);
            })
        .answer();
  }

  private <T> Step<T> put(Callback next, Function<Callback, T> answer) {
    Map<String, Value> fields = CallbackDocument.fields(next);
    Callback kept = CallbackDocument.read(name(next.id()), fields);
    return new Step.Put<>(fields, CallbackDocument.FIELDS, answer.apply(kept));
  }

  private String name(CallbackId id) {
    return documents.name(CallbackDocument.COLLECTION, id.text());
  }
}
