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
 * Batches: a document for each in the collection {@code batches}, one for each of its items in
 * {@code batch_items} and one for each idempotency key in {@code batch_keys}; no counters. A batch
 * appears with all of its items or not at all; after that each document changes by itself, by
 * conditional writes: of two at the same moment exactly one wins, and the other decides again from
 * what it lost to. A write that was answered is seen by every later query, so that at least one of
 * the writers that end the last items of a batch at the same moment finds none open.
 *
 * <p>A batch past its {@code expireAt} and its items are removed by the store some time after it.
 * Until then they are read like any others, and the caller says that they are not there.
 *
 * <p>Store calls without a conflict: a create, a read or a query 1, a change 2.
 *
 * <p>Thread-safe. Every method throws {@link TransientFailure} if the store cannot be reached, a
 * document can't be read, or it is not known whether it was written; it may be called again.
 */
public final class BatchStore {
  /** How batches are stored. */
  public static final Codec<Batch> BATCHES =
      Codec.of("batches", Batch.class).text(BatchId.class, BatchId::text, BatchId::parse).build();

  /** How items are stored. A final one is in no index. */
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

  /** How idempotency keys are stored, under their digest. */
  public static final Codec<UsedKey> KEYS =
      Codec.of("batch_keys", UsedKey.class)
          .text(BatchId.class, BatchId::text, BatchId::parse)
          .build();

  /** After so many conflicts something else is wrong. */
  private static final int MAX_CREATE_ATTEMPTS = 5;

  private final DocumentStore store;
  private final Documents<Batch> batches;
  private final Documents<BatchItem> items;
  private final Documents<UsedKey> keys;

  /** The batches in a store. */
  public BatchStore(DocumentStore store) {
    this.store = store;
    this.batches = new Documents<>(store, BATCHES);
    this.items = new Documents<>(store, ITEMS);
    this.keys = new Documents<>(store, KEYS);
  }

  /**
   * What was submitted under an idempotency key.
   *
   * @param bodyDigest as {@link IdempotencyKey} has it
   * @param batch that was made of it
   * @param expireAt from when on the key may be used anew
   */
  public record UsedKey(String bodyDigest, BatchId batch, Instant expireAt) {}

  /**
   * Writes a new batch with its items, and the key under which it was submitted. They take at most
   * 3 MiB: 1,000 items with the longest URLs.
   *
   * @param newItems as many as the batch says, in the order of their indexes; they expire with it
   * @param key for which a submission within the last {@link IdempotencyKey#LIFETIME} answers
   *     instead, or null
   */
  public CreateBatchResult create(
      Batch batch, List<BatchItem> newItems, @Nullable IdempotencyKey key, Instant now) {
    String id = batch.id().text();
    List<Write> writes = new ArrayList<>();
    writes.add(batches.put(Snapshot.absent(id), batch));
    for (BatchItem item : newItems) {
      writes.add(items.put(Snapshot.absent(id(item.key())), item.expiring(batch.expireAt())));
    }
    if (key == null) {
      // The id is new, so a conflict means that an earlier try wrote it and its response was lost.
      store.commit(writes);
      return new CreateBatchResult.Created();
    }
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
      UsedKey other = before.value();
      if (other != null && other.expireAt().isAfter(now)) {
        return other.bodyDigest().equals(key.bodyDigest())
            ? new CreateBatchResult.Repeated(other.batch())
            : new CreateBatchResult.KeyTaken();
      }
    }
    throw new TransientFailure("create batch " + id + ": others are using its key all the time");
  }

  /** Reads a batch. */
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

  /** Reads an item. */
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
   * Finds items that wait for an image, whatever run of it. Items that can't be read are left out.
   *
   * @param limit 1 to {@value Query#MAX_LIMIT}
   */
  public List<BatchItem> waitingFor(ImageHash hash, int limit) {
    return found(
        items, Query.in(ITEMS.collection()).whereEqual("waits_for", hash.hex()).limit(limit));
  }

  /**
   * Changes a batch.
   *
   * @param step from the batch as it stands to the next, or empty to leave it; may be asked again
   * @return empty when there is no such batch
   */
  public Optional<Changed<Batch>> change(BatchId id, Function<Batch, Optional<Batch>> step) {
    return change(batches, id.text(), step);
  }

  /**
   * Changes an item.
   *
   * @param step from the item as it stands to the next, or empty to leave it; may be asked again
   * @return empty when there is no such item
   */
  public Optional<Changed<BatchItem>> change(
      ItemKey key, Function<BatchItem, Optional<BatchItem>> step) {
    return change(items, id(key), step);
  }

  /**
   * Finds stalled batches, by {@link Batch#overdueAt}. Batches that can't be read are left out.
   *
   * @param limit 1 to {@value Query#MAX_LIMIT}
   * @return the longest overdue first
   */
  public List<Batch> overdueBatches(Instant now, int limit) {
    return found(batches, Query.in(BATCHES.collection()).upTo("overdue_at", now).limit(limit));
  }

  /**
   * Finds stalled items, by {@link BatchItem#overdueAt}. Items that can't be read are left out.
   *
   * @param limit 1 to {@value Query#MAX_LIMIT}
   * @return the longest overdue first
   */
  public List<BatchItem> overdueItems(Instant now, int limit) {
    return found(items, Query.in(ITEMS.collection()).upTo("overdue_at", now).limit(limit));
  }

  private static <T extends Record> List<T> found(Documents<T> documents, Query query) {
    return documents.queryReadable(query).stream().map(Snapshot::get).toList();
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

  /** The places have the same number of digits, so that the items of a batch lie in order. */
  private static String id(ItemKey key) {
    return String.format(Locale.ROOT, "%s-%04d", key.batch(), key.index());
  }
}
