package dev.whatsit.domain.record;

import dev.whatsit.domain.document.Codec;
import dev.whatsit.domain.document.Document;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.document.Documents;
import dev.whatsit.domain.document.Instants;
import dev.whatsit.domain.document.Query;
import dev.whatsit.domain.document.Snapshot;
import dev.whatsit.domain.document.Step;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Stores image records, one document each in the collection {@code images}, with the hash as id.
 * {@link ImageRecord} decides what is written; each change here is one conditional write
 * (optimistic concurrency). Of two concurrent writers exactly one succeeds; the other decides again
 * from the new document. A record past its {@code expireAt} counts as absent for every method
 * except {@link #overdue}, whether or not the store has removed it. Records are returned as they
 * are stored, with instants truncated to the millisecond.
 *
 * <p>Store calls without a conflict: a find 1, a create 1 (2 when the record exists), a claim 2,
 * its finish, release or deferral 1, a query 1, every other change 2.
 *
 * <p>Thread-safe. Every method throws {@link TransientFailure} when the store cannot be reached or
 * a record can't be read; for a change it is then unknown whether it was written, and the call may
 * be repeated.
 */
public final class RecordStore {
  public static final Codec<ImageRecord> CODEC =
      Codec.of("images", ImageRecord.class)
          .text(ImageHash.class, ImageHash::hex, ImageHash::parse)
          .text(ImageFormat.class, ImageFormat::mediaType, ImageFormat::ofMediaType)
          .derivedInstant("overdue_at", record -> record.overdueAt().orElse(null))
          .build();

  private static final String CREATED_AT = "created_at";

  /** Documents per read, because each may have the maximum size of a document. */
  private static final int FIND_BATCH = 100;

  private static final WorkError TOO_LARGE =
      new WorkError("RESULT_TOO_LARGE", "The result is too large to be kept.", false);

  private final DocumentStore store;
  private final Documents<ImageRecord> documents;

  public RecordStore(DocumentStore store) {
    this.store = store;
    this.documents = new Documents<>(store, CODEC);
  }

  public Optional<ImageRecord> find(ImageHash hash, Instant now) {
    return Optional.ofNullable(unexpired(get(hash), now));
  }

  /** Reads several records; hashes without a record are missing in the result. */
  public Map<ImageHash, ImageRecord> findAll(Collection<ImageHash> hashes, Instant now) {
    Map<ImageHash, ImageRecord> found = new HashMap<>();
    List<String> ids = hashes.stream().map(ImageHash::hex).distinct().toList();
    for (int from = 0; from < ids.size(); from += FIND_BATCH) {
      List<String> some = ids.subList(from, Math.min(ids.size(), from + FIND_BATCH));
      for (Snapshot<ImageRecord> each : documents.getAll(some)) {
        if (!each.get().isExpired(now)) {
          found.put(each.get().hash(), each.get());
        }
      }
    }
    return found;
  }

  /**
   * Writes the first record of an image unless one exists.
   *
   * @return the stored record: the new one, or the existing one
   */
  public ImageRecord createIfAbsent(ImageRecord record, Instant now) {
    return documents.change(
        Snapshot.absent(record.hash().hex()),
        current -> {
          ImageRecord stored = current.value();
          if (stored == null) {
            return Step.put(record, Snapshot::get);
          }
          return stored.isExpired(now)
              ? Step.replace(record.replacing(stored), Snapshot::get)
              : Step.answer(stored);
        });
  }

  /** Claims an image's work as {@link ImageRecord#decide} decides. */
  public ClaimResult claim(Claim claim) {
    return documents.change(
        get(claim.message().image().hash()),
        current -> {
          ImageRecord stored = current.value();
          ImageRecord.Decision decision = ImageRecord.decide(stored, claim);
          if (decision instanceof ImageRecord.Decision.Answer answer) {
            return Step.answer(answer.result());
          }
          ImageRecord next = ((ImageRecord.Decision.Next) decision).record();
          if (next.equals(stored)) {
            // An earlier write of this claim granted it: the response was lost, and another writer
            // has changed the record since.
            return Step.answer(new ClaimResult.Granted(current));
          }
          return stored == null || stored.isExpired(claim.now())
              ? Step.replace(next, RecordStore::claimed)
              : Step.put(next, RecordStore::claimed);
        });
  }

  private static ClaimResult claimed(Snapshot<ImageRecord> written) {
    return written.get().status() == Status.PROCESSING
        ? new ClaimResult.Granted(written)
        : new ClaimResult.CancelRequested(written.get());
  }

  /**
   * Writes the final result of claimed work, unless a newer claim holds it. A result that is too
   * large for a document becomes the error {@code RESULT_TOO_LARGE}.
   */
  public FinishResult finish(ClaimResult.Granted claim, Outcome outcome, Instant now) {
    return end(
        claim,
        now,
        (record, token) -> record.finished(token, outcome, now),
        // A claim that was released or deferred with this token is not a finished one.
        (record, token) -> record.wasEndedWith(token) && record.status().isFinal());
  }

  /**
   * Releases claimed work for a retry, by {@link ImageRecord#released}. If this call fails, the
   * lease still expires.
   */
  public FinishResult release(ClaimResult.Granted claim, Instant now) {
    return end(
        claim, now, (record, token) -> record.released(token, now), ImageRecord::wasEndedWith);
  }

  /**
   * Defers claimed work, by {@link ImageRecord#deferred}. The caller acks the message, so no
   * message carries the work any more; {@link #overdue} finds it when it is due. If this call
   * fails, the lease still expires.
   */
  public FinishResult defer(ClaimResult.Granted claim, String reason, Instant until, Instant now) {
    return end(
        claim,
        now,
        (record, token) -> record.deferred(token, reason, until, now),
        ImageRecord::wasDeferredWith);
  }

  @FunctionalInterface
  private interface End {
    Optional<ImageRecord> of(ImageRecord record, String token);
  }

  private FinishResult end(
      ClaimResult.Granted claim, Instant now, End end, BiPredicate<ImageRecord, String> isEnded) {
    String token = Objects.requireNonNull(claim.record().token());
    return documents.change(
        claim.claimed(),
        current -> {
          ImageRecord record = unexpired(current, now);
          if (record == null) {
            return Step.answer(new FinishResult.Superseded());
          }
          return Step.of(
              end.of(record, token).map(next -> fitting(current, next, token)),
              FinishResult.Written::new,
              () ->
                  isEnded.test(record, token)
                      ? new FinishResult.Written(record)
                      : new FinishResult.Superseded());
        });
  }

  /**
   * Replaces a result that is too large for a document by an error, because a retry would be billed
   * again.
   */
  private ImageRecord fitting(Snapshot<ImageRecord> current, ImageRecord next, String token) {
    return next.classification() == null
            || documents.bytes(current, next) <= DocumentStore.MAX_DOCUMENT_BYTES
        ? next
        : current
            .get()
            .finished(token, new Outcome.Failed(TOO_LARGE), next.updatedAt())
            .orElseThrow();
  }

  /**
   * Ends a run with an error after its message was dead-lettered, unless the run is final or under
   * a live lease, or there is no record.
   *
   * @return the record if the run ended with this error, by this call or an earlier one
   */
  public FinishResult deadLettered(ImageHash hash, int run, WorkError error, Instant now) {
    return change(
        get(hash),
        now,
        new FinishResult.Superseded(),
        record ->
            Step.of(
                record.deadLettered(run, error, now),
                FinishResult.Written::new,
                () ->
                    record.run() == run && error.equals(record.error())
                        ? new FinishResult.Written(record)
                        : new FinishResult.Superseded()));
  }

  /** Cancels without a condition. */
  public CancelResult cancel(ImageHash hash, Instant now) {
    return cancel(hash, record -> true, now);
  }

  /**
   * Cancels the run of an image's work that is current when this is called, by {@link
   * ImageRecord#canceled}. A later run that begins during the call is not changed.
   *
   * @param condition holds for the record that is replaced; not asked of one that has ended
   */
  public CancelResult cancel(ImageHash hash, Predicate<ImageRecord> condition, Instant now) {
    Snapshot<ImageRecord> seen = get(hash);
    return change(
        seen,
        now,
        new CancelResult.Absent(),
        record -> {
          boolean canceledSince =
              record.status() == Status.CANCELED && !seen.get().status().isFinal();
          if (canceledSince || record.run() != seen.get().run()) {
            return Step.answer(new CancelResult.Canceled(record));
          }
          if (!record.status().isFinal() && !condition.test(record)) {
            return Step.answer(new CancelResult.ConditionFailed(record));
          }
          return Step.of(
              record.canceled(now),
              next ->
                  next.status().isFinal()
                      ? new CancelResult.Canceled(next)
                      : new CancelResult.Requested(next),
              () ->
                  record.status().isFinal()
                      ? new CancelResult.AlreadyFinal(record)
                      : new CancelResult.Requested(record));
        });
  }

  /**
   * Makes scheduled work start earlier, by {@link ImageRecord#advanced}. If the record is then
   * {@code pending}, the caller publishes its message, as after {@link #retry}.
   */
  public AdvanceResult advance(ImageHash hash, Instant dueAt, Instant now) {
    return change(
        get(hash),
        now,
        new AdvanceResult.Absent(),
        record ->
            Step.of(
                record.advanced(dueAt, now),
                AdvanceResult.Advanced::new,
                () -> new AdvanceResult.Unchanged(record)));
  }

  /**
   * Marks a run as having a subscriber, which the caller has stored before, by {@link
   * ImageRecord#watched}. If the run is already final, the caller publishes the completion event.
   *
   * @return the record after the call, or empty when there is none
   */
  public Optional<ImageRecord> watch(ImageHash hash, int run, Instant now) {
    return change(
        get(hash),
        now,
        Optional.empty(),
        record -> Step.of(record.watched(run, now), Optional::of, () -> Optional.of(record)));
  }

  /**
   * Subscribes to the completion of an image's current run, after the caller has stored the
   * subscriber where the completion handler finds it: the record is already final, or it is marked
   * as by {@link #watch}. In this order no completion is missed.
   *
   * @return the record after the call, or empty when there is none
   */
  public Optional<ImageRecord> watchCurrentRun(ImageHash hash, Instant now) {
    return change(
        get(hash),
        now,
        Optional.empty(),
        record ->
            record.status().isFinal()
                ? Step.answer(Optional.of(record))
                : Step.of(
                    record.watched(record.run(), now), Optional::of, () -> Optional.of(record)));
  }

  /**
   * Marks the notifications of a run's completion as done, unless the record has changed since it
   * was read, because a subscriber may have been added.
   *
   * @param seen the record as it was read before the subscribers were looked up
   */
  public void announced(ImageRecord seen, Instant now) {
    update(seen.hash(), now, record -> record.announced(seen));
  }

  /**
   * Finds stalled or due work, and final records with an overdue completion event, by {@link
   * ImageRecord#overdueAt}. Records that cannot be read are left out.
   *
   * @param limit 1 to {@value Query#MAX_LIMIT}
   * @return ordered by {@code overdueAt}, earliest first
   */
  public List<ImageRecord> overdue(Instant now, int limit) {
    return documents.find(Query.in(CODEC.collection()).upTo("overdue_at", now).limit(limit));
  }

  /**
   * Marks overdue work as requeued, or its completion event as published again, by {@link
   * ImageRecord#requeued}, unless the record has changed since it was read.
   *
   * @param seen the record as {@link #overdue} returned it
   * @param messageId the queue's id of the new message
   * @return whether it was written; false is harmless, the published message is then a duplicate
   */
  public boolean requeued(ImageRecord seen, String messageId, Instant now) {
    return update(
        seen.hash(),
        now,
        record ->
            record.revision() == seen.revision()
                ? record.requeued(messageId, now)
                : Optional.empty());
  }

  /**
   * Lists records, newest first by {@code createdAt}, those of the same instant by descending hash.
   * Records that cannot be read are left out.
   *
   * @param status only those with this status, or null for all
   * @param after the position after which to begin, or null for the newest
   * @param limit 1 to 1000
   */
  public RecordPage list(
      @Nullable Status status, RecordPage.@Nullable Position after, int limit, Instant now) {
    int wanted = limit + 1;
    Query query =
        Query.in(CODEC.collection()).orderBy(CREATED_AT, Query.Direction.DESCENDING).limit(wanted);
    if (status != null) {
      query = query.whereEqual("status", status.word());
    }
    if (after != null) {
      query =
          query.startAfter(
              new Query.Cursor(Instants.primitive(after.createdAt()), after.hash().hex()));
    }
    List<ImageRecord> found = new ArrayList<>();
    boolean more = true;
    // Expired records are removed late and no index excludes them, so more are read to fill the
    // page.
    while (more && found.size() < wanted) {
      List<Document> part = store.query(query);
      for (Document document : part) {
        documents
            .tryRead(document)
            .map(Snapshot::get)
            .filter(record -> !record.isExpired(now))
            .ifPresent(found::add);
      }
      more = part.size() == wanted;
      if (more) {
        Document last = part.get(wanted - 1);
        query =
            query.startAfter(
                new Query.Cursor(last.fields().getAsJsonPrimitive(CREATED_AT), last.key().id()));
      }
    }
    if (found.size() <= limit) {
      return new RecordPage(found, null);
    }
    return new RecordPage(found.subList(0, limit), RecordPage.Position.after(found.get(limit - 1)));
  }

  /**
   * Counts queued images in one call.
   *
   * @param limit 1 to {@value Query#MAX_LIMIT}; more are not counted
   */
  public long queued(int limit) {
    return store.count(
        Query.in(CODEC.collection())
            .whereEqual("status", Status.QUEUED.word())
            // The order of the list, for which there is an index.
            .orderBy(CREATED_AT, Query.Direction.DESCENDING)
            .limit(limit));
  }

  /**
   * Starts another run of finished work, by {@link ImageRecord#retried}. The caller then publishes
   * the run's message and calls {@link #confirmQueued}. If another caller starts that run during
   * the call, it is the result.
   */
  public RetryResult retry(ImageHash hash, Instant now) {
    Snapshot<ImageRecord> seen = get(hash);
    return change(
        seen,
        now,
        new RetryResult.Absent(),
        record ->
            record.run() == seen.get().run()
                ? Step.of(
                    record.retried(now),
                    RetryResult.Started::new,
                    () -> RetryResult.refused(record))
                : Step.answer(new RetryResult.Started(record)));
  }

  /** Marks a run's message as published, by {@link ImageRecord#confirmedQueued}. */
  public void confirmQueued(ImageHash hash, int run, String messageId, Instant now) {
    update(hash, now, record -> record.confirmedQueued(run, messageId, now));
  }

  /**
   * Releases all claims. Only for a start-up at which no earlier process still runs. The work is
   * {@code queued} again, or {@code canceled} if that was requested; its attempts stay counted.
   */
  public void releaseAll(Instant now) {
    RecordPage.Position next = null;
    do {
      RecordPage page = list(Status.PROCESSING, next, FIND_BATCH, now);
      for (ImageRecord held : page.records()) {
        String token = Objects.requireNonNull(held.token());
        update(held.hash(), now, record -> record.released(token, now));
      }
      next = page.next();
    } while (next != null);
  }

  private boolean update(
      ImageHash hash, Instant now, Function<ImageRecord, Optional<ImageRecord>> next) {
    return change(
        get(hash), now, false, record -> Step.of(next.apply(record), written -> true, () -> false));
  }

  private <R> R change(
      Snapshot<ImageRecord> seen,
      Instant now,
      R absent,
      Function<ImageRecord, Step<ImageRecord, R>> step) {
    return documents.change(
        seen,
        current -> {
          ImageRecord record = unexpired(current, now);
          return record == null ? Step.answer(absent) : step.apply(record);
        });
  }

  private Snapshot<ImageRecord> get(ImageHash hash) {
    return documents.get(hash.hex());
  }

  private static @Nullable ImageRecord unexpired(Snapshot<ImageRecord> found, Instant now) {
    ImageRecord record = found.value();
    return record == null || record.isExpired(now) ? null : record;
  }
}
