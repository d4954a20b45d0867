package dev.whatsit.domain.batch;

import dev.whatsit.domain.document.Codec;
import dev.whatsit.domain.document.Document;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.document.Documents;
import dev.whatsit.domain.document.Query;
import dev.whatsit.domain.document.Snapshot;
import dev.whatsit.domain.document.Step;
import dev.whatsit.domain.document.Write;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Stores batches: one document for each batch in the collection {@code batches}, for each item in
 * {@code batch_items} and for each idempotency key in {@code batch_keys}; no counters. A batch is
 * created with all of its items or not at all. After that each document is changed on its own by
 * conditional writes (optimistic concurrency): of two concurrent writers exactly one succeeds; the
 * other decides again from the new document. Every later query sees an acknowledged write, so that
 * at least one of the writers that concurrently end the last items of a batch finds none open.
 *
 * <p>The store removes a batch and its items some time after {@code expireAt}. Until then the
 * methods here still return them, and the caller must treat them as absent.
 *
 * <p>Store calls without a conflict: a create, a read or a query 1, a change 2.
 *
 * <p>Thread-safe. Every method throws {@link TransientFailure} if the store cannot be reached, a
 * document can't be read, or it is not known whether it was written; the call may be repeated.
 */
public final class BatchStore {
  public static final Codec<Batch> BATCHES =
      Codec.of("batches", Batch.class).text(BatchId.class, BatchId::text, BatchId::parse).build();

  /** The codec of items. A final item has no field that queries use. */
  public static final Codec<BatchItem> ITEMS =
      Codec.of("batch_items", BatchItem.class)
          .text(BatchId.class, BatchId::text, BatchId::parse)
          .text(ImageHash.class, ImageHash::hex, ImageHash::parse)
          .derived("open_in", item -> item.status().isFinal() ? null : item.key().batch().text())
          .derived(
              "waits_for",
              item -> {
                ImageHash hash = item.imageHash();
                return hash == null || item.status() != ItemStatus.WAITING ? null : hash.hex();
              })
          .build();

  /** The codec of idempotency keys; the document id is the key's digest. */
  public static final Codec<UsedKey> KEYS =
      Codec.of("batch_keys", UsedKey.class)
          .text(BatchId.class, BatchId::text, BatchId::parse)
          .build();

  /** Conflicts beyond this number are not caused by normal concurrency. */
  private static final int MAX_CREATE_ATTEMPTS = 5;

  private final DocumentStore store;
  private final Documents<Batch> batches;
  private final Documents<BatchItem> items;
  private final Documents<UsedKey> keys;

  public BatchStore(DocumentStore store) {
    this.store = store;
    this.batches = new Documents<>(store, BATCHES);
    this.items = new Documents<>(store, ITEMS);
    this.keys = new Documents<>(store, KEYS);
  }

  /**
   * The submission that was made with an idempotency key.
   *
   * @param bodyDigest digest of the submission, as in {@link IdempotencyKey}
   * @param batch the batch that it created
   * @param expireAt from this instant on the key may be reused
   */
  public record UsedKey(String bodyDigest, BatchId batch, Instant expireAt) {}

  /**
   * Creates a batch with its items, and records the idempotency key of the submission. The commit
   * is at most 3 MiB: 1,000 items with URLs of maximum length.
   *
   * @param newItems all items of the batch, in the order of their indexes; they expire with the
   *     batch
   * @param key idempotency key, or null; if it was used within the last {@link
   *     IdempotencyKey#LIFETIME}, nothing is written and the result is {@link
   *     CreateBatchResult.Repeated} or {@link CreateBatchResult.KeyTaken}
   */
  public CreateBatchResult create(
      Batch batch, List<BatchItem> newItems, @Nullable IdempotencyKey key, Instant now) {
    String id = batch.id().text();
    List<Write> itemWrites =
        newItems.stream()
            .map(
                item -> items.put(Snapshot.absent(id(item.key())), item.expiring(batch.expireAt())))
            .toList();
    if (key == null) {
      return batches.change(
          Snapshot.absent(id),
          current ->
              // It exists when an earlier attempt wrote it and the response was lost.
              current.value() != null
                  ? Step.answer(new CreateBatchResult.Created())
                  : new Step.Put<>(
                      batch, false, itemWrites, written -> new CreateBatchResult.Created()));
    }
    List<Write> writes = new ArrayList<>();
    writes.add(batches.put(Snapshot.absent(id), batch));
    writes.addAll(itemWrites);
    UsedKey used = new UsedKey(key.bodyDigest(), batch.id(), now.plus(IdempotencyKey.LIFETIME));
    Snapshot<UsedKey> before = Snapshot.absent(key.keyDigest());
    for (int attempt = 1; attempt <= MAX_CREATE_ATTEMPTS; attempt++) {
      List<Write> all = new ArrayList<>(writes);
      all.add(keys.put(before, used));
      if (store.commit(all).isPresent()) {
        return new CreateBatchResult.Created();
      }
      List<Document> found = store.getAll(List.of(batches.key(id), keys.key(key.keyDigest())));
      if (batches.among(found, id).value() != null) {
        return new CreateBatchResult.Created();
      }
      before = keys.among(found, key.keyDigest());
      Optional<CreateBatchResult> earlier = earlier(before, key, now);
      if (earlier.isPresent()) {
        return earlier.get();
      }
    }
    throw new TransientFailure("create batch " + id + ": too many conflicting writes");
  }

  /**
   * What {@link #create} would answer because of an earlier submission with the key; empty if there
   * was none.
   */
  public Optional<CreateBatchResult> earlier(IdempotencyKey key, Instant now) {
    return earlier(keys.get(key.keyDigest()), key, now);
  }

  private static Optional<CreateBatchResult> earlier(
      Snapshot<UsedKey> found, IdempotencyKey key, Instant now) {
    return found
        .find()
        .filter(used -> used.expireAt().isAfter(now))
        .map(
            used ->
                used.bodyDigest().equals(key.bodyDigest())
                    ? new CreateBatchResult.Repeated(used.batch())
                    : new CreateBatchResult.KeyTaken());
  }

  public Optional<Batch> find(BatchId id) {
    return batches.get(id.text()).find();
  }

  /** Reads the items of a batch, in the order of their indexes. */
  public List<BatchItem> items(Batch batch) {
    List<String> ids =
        IntStream.range(0, batch.total())
            .mapToObj(index -> id(new ItemKey(batch.id(), index)))
            .toList();
    return items.getAll(ids).stream().map(Snapshot::get).toList();
  }

  public Optional<BatchItem> item(ItemKey key) {
    return items.get(id(key)).find();
  }

  /** Whether a batch has an item that is not final. */
  public boolean hasOpenItems(BatchId id) {
    return !store
        .query(
            Query.in(ITEMS.collection()).whereEqual("open_in", id.text()).select(Set.of()).limit(1))
        .isEmpty();
  }

  /**
   * Counts the items of all batches that are not final, in one call.
   *
   * @param limit 1 to {@value Query#MAX_LIMIT}; more are not counted
   */
  public long openItems(int limit) {
    return store.count(
        Query.in(ITEMS.collection()).orderBy("open_in", Query.Direction.ASCENDING).limit(limit));
  }

  /**
   * Finds items that wait for any run of an image. Items that cannot be read are left out.
   *
   * @param limit 1 to {@value Query#MAX_LIMIT}
   */
  public List<BatchItem> waitingFor(ImageHash hash, int limit) {
    return items.find(
        Query.in(ITEMS.collection()).whereEqual("waits_for", hash.hex()).limit(limit));
  }

  /**
   * Changes a batch.
   *
   * @param step returns the next state, or empty for no change; called again after a conflict
   * @return empty when there is no such batch
   */
  public Optional<Changed<Batch>> change(BatchId id, Function<Batch, Optional<Batch>> step) {
    return change(batches, id.text(), step);
  }

  /**
   * Changes an item.
   *
   * @param step returns the next state, or empty for no change; called again after a conflict
   * @return empty when there is no such item
   */
  public Optional<Changed<BatchItem>> change(
      ItemKey key, Function<BatchItem, Optional<BatchItem>> step) {
    return change(items, id(key), step);
  }

  /**
   * Finds stalled batches, by {@link Batch#overdueAt}. Batches that cannot be read are left out.
   *
   * @param limit 1 to {@value Query#MAX_LIMIT}
   * @return ordered by {@code overdueAt}, earliest first
   */
  public List<Batch> overdueBatches(Instant now, int limit) {
    return batches.find(Query.in(BATCHES.collection()).upTo("overdue_at", now).limit(limit));
  }

  /**
   * Finds stalled items, by {@link BatchItem#overdueAt}. Items that cannot be read are left out.
   *
   * @param limit 1 to {@value Query#MAX_LIMIT}
   * @return ordered by {@code overdueAt}, earliest first
   */
  public List<BatchItem> overdueItems(Instant now, int limit) {
    return items.find(Query.in(ITEMS.collection()).upTo("overdue_at", now).limit(limit));
  }

  private static <T extends Record> Optional<Changed<T>> change(
      Documents<T> documents, String id, Function<T, Optional<T>> step) {
    return documents.change(
        documents.get(id),
        current -> {
          T value = current.value();
          return value == null
              ? Step.answer(Optional.empty())
              : Step.of(
                  step.apply(value),
                  next -> Optional.of(new Changed<>(next, true)),
                  () -> Optional.of(new Changed<>(value, false)));
        });
  }

  /** The index has a fixed number of digits, so that ids sort in the order of the items. */
  private static String id(ItemKey key) {
    return String.format(Locale.ROOT, "%s-%04d", key.batch(), key.index());
  }
}
