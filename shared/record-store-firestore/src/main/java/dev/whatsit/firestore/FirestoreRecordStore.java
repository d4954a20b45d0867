package dev.whatsit.firestore;

import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.AdvanceResult;
import dev.whatsit.domain.record.CancelResult;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.CreateResult;
import dev.whatsit.domain.record.FinishResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.RecordPage;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.RetryResult;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.firestore.Documents.Changed;
import dev.whatsit.firestore.Documents.Found;
import dev.whatsit.firestore.Documents.Step;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Records in Firestore, one document each. What is to be written is decided by {@link ImageRecord},
 * between a read and one conditional write. Safe for use by several threads and processes.
 *
 * <p>Remote calls when nobody interferes: a find 1, a create 1 (2 when there is a record already),
 * a claim 2, and a finish, release or deferral 1 when this process made the claim, else 2. Every
 * other change takes 2.
 */
final class FirestoreRecordStore implements RecordStore {
  /**
   * How large the fields of a document may be, in bytes as Firestore counts them. It counts to 1
   * MiB; the rest is for the name and the fields that are not the record's.
   */
  static final int LARGEST_BYTES = 1_000_000;

  /** How many are read by one call: each may be as large as a document can be. */
  private static final int READ_AT_ONCE = 100;

  private static final WorkError TOO_LARGE =
      new WorkError("RESULT_TOO_LARGE", "The result is too large to be kept.", false);

  private final Documents documents;
  private final HeldDocuments held = new HeldDocuments();

  FirestoreRecordStore(Documents documents) {
    this.documents = documents;
  }

  @Override
  public Optional<ImageRecord> find(ImageHash hash, Instant now) {
    Document document = documents.read("find record " + hash, name(hash)).document();
    return Optional.ofNullable(document)
        .map(RecordDocument::read)
        .filter(record -> !record.isExpired(now));
  }

  @Override
  public Map<ImageHash, ImageRecord> findAll(Collection<ImageHash> hashes, Instant now) {
    Map<ImageHash, ImageRecord> found = new HashMap<>();
    List<String> names = hashes.stream().distinct().map(this::name).toList();
    Documents.Budget budget = documents.budget();
    for (int from = 0; from < names.size(); from += READ_AT_ONCE) {
      List<String> some = names.subList(from, Math.min(names.size(), from + READ_AT_ONCE));
      for (Document document : documents.readAll("find records", some, budget)) {
        ImageRecord record = RecordDocument.read(document);
        if (!record.isExpired(now)) {
          found.put(record.hash(), record);
        }
      }
    }
    return found;
  }

  @Override
  public CreateResult createIfAbsent(ImageRecord record, Instant now) {
    return change(
        "create record",
        record.hash(),
        Found.NOTHING,
        stored -> {
          if (stored == null) {
            return fresh(record, CreateResult.Created::new);
          }
          if (stored.isExpired(now)) {
            return fresh(record.replacing(stored), CreateResult.Created::new);
          }
          return new Step.Answer<>(
              record.isFirstOf(stored)
                  ? new CreateResult.Created(stored)
                  : new CreateResult.Exists(stored));
        });
  }

  @Override
  public ClaimResult claim(Claim claim) {
    ImageHash hash = claim.message().image().hash();
    Changed<ClaimResult> changed =
        changed(
            "claim record",
            hash,
            null,
            stored -> {
              ImageRecord.Decision decision = ImageRecord.decide(stored, claim);
              ImageRecord next = decision.write();
              if (next == null) {
                return new Step.Answer<>(decision.result());
              }
              Function<ImageRecord, ClaimResult> answer =
                  decision.result() instanceof ClaimResult.CancelRequested
                      ? ClaimResult.CancelRequested::new
                      : ClaimResult.Granted::new;
              return stored == null || stored.isExpired(claim.now())
                  ? fresh(next, answer)
                  : put(next, answer);
            });
    if (changed.answer() instanceof ClaimResult.Granted) {
      changed.document().ifPresent(document -> held.keep(hash, claim.token(), document));
    }
    return changed.answer();
  }

  @Override
  public FinishResult finish(ImageHash hash, String token, Outcome outcome, Instant now) {
    return ended(
        "finish record",
        hash,
        token,
        now,
        current -> current.finished(token, outcome, now),
        // Work that was given back with this token is not finished by it.
        current -> current.wasEndedWith(token) && current.status().isFinal());
  }

  @Override
  public FinishResult release(ImageHash hash, String token, Instant now) {
    return ended(
        "release record",
        hash,
        token,
        now,
        current -> current.released(token, now),
        current -> current.wasEndedWith(token));
  }

  @Override
  public FinishResult defer(
      ImageHash hash, String token, String reason, Instant until, Instant now) {
    return ended(
        "defer record",
        hash,
        token,
        now,
        current -> current.deferred(token, reason, until, now),
        current -> current.wasDeferredWith(token));
  }

  @Override
  public FinishResult giveUp(ImageHash hash, int run, String token, WorkError error, Instant now) {
    return change(
        "give up record",
        hash,
        null,
        stored -> {
          ImageRecord current = unexpired(stored, now);
          if (current == null) {
            return new Step.Answer<>(new FinishResult.Superseded());
          }
          return current
              .givenUp(run, token, error, now)
              .<Step<FinishResult>>map(next -> put(next, FinishResult.Written::new))
              .orElseGet(
                  () ->
                      new Step.Answer<>(
                          current.wasEndedWith(token)
                              ? new FinishResult.Written(current)
                              : new FinishResult.Superseded()));
        });
  }

  @Override
  public CancelResult cancel(ImageHash hash, String token, Instant now) {
    return change(
        "cancel record",
        hash,
        null,
        stored -> {
          ImageRecord current = unexpired(stored, now);
          if (current == null) {
            return new Step.Answer<>(new CancelResult.Absent());
          }
          return current
              .canceled(token, now)
              .<Step<CancelResult>>map(
                  next -> put(next, kept -> CancelResult.of(current, Optional.of(kept), token)))
              .orElseGet(
                  () -> new Step.Answer<>(CancelResult.of(current, Optional.empty(), token)));
        });
  }

  @Override
  public Optional<ImageRecord> watch(ImageHash hash, int run, Instant now) {
    return change(
        "watch record",
        hash,
        null,
        stored -> {
          Optional<ImageRecord> current = Optional.ofNullable(unexpired(stored, now));
          return current
              .flatMap(record -> record.watched(run, now))
              .<Step<Optional<ImageRecord>>>map(next -> put(next, Optional::of))
              .orElseGet(() -> new Step.Answer<>(current));
        });
  }

  @Override
  public AdvanceResult advance(ImageHash hash, String token, Instant dueAt, Instant now) {
    return change(
        "advance record",
        hash,
        null,
        stored -> {
          ImageRecord current = unexpired(stored, now);
          if (current == null) {
            return new Step.Answer<>(new AdvanceResult.Absent());
          }
          return current
              .advanced(token, dueAt, now)
              .<Step<AdvanceResult>>map(
                  next -> put(next, kept -> AdvanceResult.of(current, Optional.of(kept), token)))
              .orElseGet(
                  () -> new Step.Answer<>(AdvanceResult.of(current, Optional.empty(), token)));
        });
  }

  @Override
  public void announced(ImageRecord seen, Instant now) {
    change(
        "note the announcement of record",
        seen.hash(),
        null,
        stored ->
            Optional.ofNullable(unexpired(stored, now))
                .flatMap(current -> current.announced(seen))
                .<Step<Boolean>>map(next -> put(next, kept -> true))
                .orElseGet(() -> new Step.Answer<>(false)));
  }

  @Override
  public List<ImageRecord> overdue(Instant now, int limit) {
    return ReadableDocuments.find(
        documents,
        "find overdue records",
        wanted -> RecordQueries.overdue(now, wanted),
        limit,
        RecordDocument::read);
  }

  @Override
  public boolean requeued(ImageRecord seen, String messageId, Instant now) {
    return change(
        "requeue record",
        seen.hash(),
        null,
        stored ->
            Optional.ofNullable(unexpired(stored, now))
                .filter(current -> current.revision() == seen.revision())
                .flatMap(current -> current.requeued(messageId, now))
                .<Step<Boolean>>map(next -> put(next, kept -> true))
                .orElseGet(() -> new Step.Answer<>(false)));
  }

  @Override
  public RecordPage list(
      @Nullable Status status, RecordPage.@Nullable Position after, int limit, Instant now) {
    List<ImageRecord> found = new ArrayList<>();
    RecordQueries.@Nullable After from =
        after == null ? null : new RecordQueries.After(after.createdAt(), name(after.hash()));
    Documents.Budget budget = documents.budget();
    // Firestore removes expired records late, and no index leaves them out: pages are filled up.
    int wanted = limit + 1;
    boolean more = true;
    while (more && found.size() < wanted) {
      List<Document> part =
          documents.query("list records", RecordQueries.list(status, from, wanted), budget);
      for (Document document : part) {
        Optional<ImageRecord> record =
            ReadableDocuments.read(document, RecordDocument::read).filter(r -> !r.isExpired(now));
        if (record.isPresent() && found.size() < wanted) {
          found.add(record.get());
        }
        from = new RecordQueries.After(RecordDocument.createdAt(document), document.name());
      }
      more = part.size() == wanted;
    }
    return RecordPage.of(found, limit);
  }

  @Override
  public RetryResult retry(ImageHash hash, Instant now) {
    return change(
        "retry record",
        hash,
        null,
        stored -> {
          ImageRecord current = unexpired(stored, now);
          if (current == null) {
            return new Step.Answer<>(new RetryResult.Absent());
          }
          return current
              .retried(now)
              .<Step<RetryResult>>map(next -> put(next, RetryResult.Started::new))
              .orElseGet(() -> new Step.Answer<>(RetryResult.refused(current)));
        });
  }

  @Override
  public void confirmQueued(ImageHash hash, int run, String messageId, Instant now) {
    change(
        "confirm record",
        hash,
        null,
        stored ->
            Optional.ofNullable(unexpired(stored, now))
                .flatMap(current -> current.confirmedQueued(run, messageId, now))
                .<Step<Boolean>>map(next -> put(next, kept -> true))
                .orElseGet(() -> new Step.Answer<>(false)));
  }

  @Override
  public void checkReachable() {
    // No document has this name; a read that finds nothing still proves the way there and back.
    documents.read("reach the records", documents.name(RecordDocument.COLLECTION, "health"));
  }

  /** The end of a claim, in one call when this process made it. */
  private FinishResult ended(
      String action,
      ImageHash hash,
      String token,
      Instant now,
      Function<ImageRecord, Optional<ImageRecord>> next,
      Function<ImageRecord, Boolean> isEndedAlready) {
    Document claimed = held.take(hash, token);
    return change(
        action,
        hash,
        claimed == null ? null : new Found(claimed),
        stored -> {
          ImageRecord current = unexpired(stored, now);
          if (current == null) {
            return new Step.Answer<>(new FinishResult.Superseded());
          }
          Optional<ImageRecord> written = next.apply(current);
          if (written.isPresent()) {
            return put(fitting(current, token, written.get()), FinishResult.Written::new);
          }
          return new Step.Answer<>(
              isEndedAlready.apply(current)
                  ? new FinishResult.Written(current)
                  : new FinishResult.Superseded());
        });
  }

  /** Work whose result no document can hold ends here: asking again would be paid for again. */
  private static ImageRecord fitting(ImageRecord current, String token, ImageRecord next) {
    boolean fits =
        next.classification() == null || Value.size(RecordDocument.fields(next)) <= LARGEST_BYTES;
    return fits
        ? next
        : current
            .finished(token, new Outcome.Failed(TOO_LARGE), next.updatedAt())
            .orElseThrow(() -> new IllegalStateException("finished once, but not twice"));
  }

  private <T> T change(
      String action,
      ImageHash hash,
      @Nullable Found known,
      Function<@Nullable ImageRecord, Step<T>> decide) {
    return changed(action, hash, known, decide).answer();
  }

  private <T> Changed<T> changed(
      String action,
      ImageHash hash,
      @Nullable Found known,
      Function<@Nullable ImageRecord, Step<T>> decide) {
    return documents.change(
        action + " " + hash,
        name(hash),
        known,
        document -> decide.apply(document == null ? null : RecordDocument.read(document)));
  }

  /** Written over the record before; fields of a later version of this program stay. */
  private <T> Step<T> put(ImageRecord next, Function<ImageRecord, T> answer) {
    return write(next, true, answer);
  }

  /** Written as if there had never been one. */
  private <T> Step<T> fresh(ImageRecord next, Function<ImageRecord, T> answer) {
    return write(next, false, answer);
  }

  private <T> Step<T> write(ImageRecord next, boolean over, Function<ImageRecord, T> answer) {
    Map<String, Value> fields = RecordDocument.fields(next);
    ImageRecord kept = RecordDocument.read(name(next.hash()), fields);
    return new Step.Put<>(fields, over ? RecordDocument.FIELDS : null, answer.apply(kept));
  }

  private String name(ImageHash hash) {
    return documents.name(RecordDocument.COLLECTION, hash.hex());
  }

  private static @Nullable ImageRecord unexpired(@Nullable ImageRecord stored, Instant now) {
    return stored == null || stored.isExpired(now) ? null : stored;
  }
}
