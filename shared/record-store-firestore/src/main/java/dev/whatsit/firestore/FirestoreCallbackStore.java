package dev.whatsit.firestore;

import com.google.firestore.v1.Document;
import com.google.firestore.v1.Value;
import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackClaim;
import dev.whatsit.domain.callback.CallbackClaimResult;
import dev.whatsit.domain.callback.CallbackId;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.RegisterResult;
import dev.whatsit.domain.callback.Settlement;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.firestore.Documents.Found;
import dev.whatsit.firestore.Documents.Step;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Callbacks in Firestore, one document each. What is to be written is decided by {@link Callback},
 * between a read and one conditional write. Safe for use by several threads and processes.
 *
 * <p>Remote calls when nobody interferes: a registration 2 (1 when there is one already), a query
 * 1, every other change 2.
 */
final class FirestoreCallbackStore implements CallbackStore {
  /** How many documents one query gives at most; no subject has nearly as many. */
  private static final int MOST_AT_ONCE = 1_000;

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
      if (document.getName().equals(name)) {
        known = new Found(document);
      }
    }
    if (known.document() == null && siblings.size() >= most) {
      return new RegisterResult.TooMany();
    }
    return change(
        action,
        fresh.id(),
        known,
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
  public Optional<Callback> announce(CallbackId id, String payload, Instant now) {
    return step("announce callback", id, callback -> callback.announced(payload, now));
  }

  @Override
  public CallbackClaimResult claim(CallbackClaim claim) {
    return change(
        "claim callback " + claim.id(),
        claim.id(),
        null,
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
    return step("redeliver callback", id, callback -> callback.redelivered(now));
  }

  @Override
  public List<Callback> list(Subject subject, CallbackKind kind, int limit) {
    List<Document> found =
        documents.query(
            "list callbacks of " + subject.key(),
            CallbackDocument.siblings(subject, kind, MOST_AT_ONCE),
            documents.budget());
    return ReadableDocuments.readAll(found, CallbackDocument::read).stream()
        .sorted(
            Comparator.comparing(Callback::createdAt)
                .thenComparing(callback -> callback.id().text()))
        .limit(limit)
        .toList();
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

  private Optional<Callback> step(
      String action, CallbackId id, Function<Callback, Optional<Callback>> step) {
    return change(
        action + " " + id,
        id,
        null,
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
      Function<@Nullable Callback, Step<T>> decide) {
    return documents
        .change(
            action,
            name(id),
            known,
            document -> decide.apply(document == null ? null : CallbackDocument.read(document)))
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
