package dev.whatsit.firestore;

import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.batch.Changed;
import dev.whatsit.domain.batch.CreateBatchResult;
import dev.whatsit.domain.batch.IdempotencyKey;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.firestore.Documents.Found;
import dev.whatsit.firestore.Documents.Step;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Batches in Firestore: a document for each, one for each item and one for each key. Safe for use
 * by several threads and processes.
 *
 * <p>A batch is written with all that belongs to it by one commit, which no longer has a limit of
 * documents, only one of 10 MiB ("Usage and limits", Firestore documentation): a thousand items
 * with the longest URLs take 3 MiB.
 *
 * <p>Remote calls when nobody interferes: a create, a read or a query 1, a change 2.
 */
final class FirestoreBatchStore implements BatchStore {
  static final String KEYS = "batch_keys";
  static final String BODY_DIGEST = "body_digest";
  static final String BATCH = "batch";
  static final String EXPIRE_AT = "expire_at";

  private static final int MOST_ATTEMPTS = 20;

  private final Documents documents;

  FirestoreBatchStore(Documents documents) {
    this.documents = documents;
  }

  @Override
  public CreateBatchResult create(
      Batch batch, List<BatchItem> items, @Nullable IdempotencyKey key, Instant now) {
    String action = "create batch " + batch.id();
    String name = name(batch.id());
    String keyName = key == null ? "" : documents.name(KEYS, key.keyDigest());
    List<Write> writes = new ArrayList<>();
    writes.add(Write.put(name, BatchDocument.fields(batch), null).ifStill(null));
    for (BatchItem item : items) {
      writes.add(Write.put(name(item.key()), BatchItemDocument.fields(item, batch), null));
    }
    Documents.Budget budget = documents.budget();
    Found expired = Found.NOTHING;
    for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      List<Write> all = new ArrayList<>(writes);
      if (key != null) {
        all.add(Write.put(keyName, fields(batch.id(), key, now), null).ifStill(expired.document()));
      }
      if (documents.commit(action, all, budget)) {
        return new CreateBatchResult.Created();
      }
      if (documents.read(action, name, budget).document() != null) {
        // The answer to this commit, or to that of an earlier call, was lost.
        return new CreateBatchResult.Created();
      }
      if (key != null) {
        Found found = documents.read(action, keyName, budget);
        Optional<CreateBatchResult> before = before(found.document(), key, now);
        if (before.isPresent()) {
          return before.get();
        }
        expired = found;
      }
      budget.pause(action, attempt);
    }
    throw new TransientFailure(action + ": too many others are writing the same key");
  }

  private static Map<String, Value> fields(BatchId batch, IdempotencyKey key, Instant now) {
    return Map.of(
        BODY_DIGEST, Fields.of(key.bodyDigest()),
        BATCH, Fields.of(batch.text()),
        EXPIRE_AT, Fields.of(now.plus(IdempotencyKey.LIFETIME)));
  }

  /** What was submitted under this key, unless that is too long ago. */
  private static Optional<CreateBatchResult> before(
      @Nullable Document document, IdempotencyKey key, Instant now) {
    if (document == null) {
      return Optional.empty();
    }
    Fields fields = new Fields(document.name(), document.fields());
    if (!fields.instant(EXPIRE_AT).isAfter(now)) {
      return Optional.empty();
    }
    if (!fields.text(BODY_DIGEST).equals(key.bodyDigest())) {
      return Optional.of(new CreateBatchResult.KeyTaken());
    }
    String batch = fields.text(BATCH);
    return Optional.of(
        new CreateBatchResult.Repeated(
            BatchId.parse(batch).orElseThrow(() -> fields.unreadable(BATCH + " is " + batch))));
  }

  @Override
  public Optional<Batch> find(BatchId id) {
    return Optional.ofNullable(documents.read("find batch " + id, name(id)).document())
        .map(BatchDocument::read);
  }

  @Override
  public List<BatchItem> items(BatchId id) {
    String first = documents.name(BatchItemDocument.COLLECTION, BatchItemDocument.id(id, 0));
    String last =
        documents.name(
            BatchItemDocument.COLLECTION, BatchItemDocument.id(id, Batch.MOST_ITEMS - 1));
    return documents
        .query("read items of batch " + id, BatchQueries.items(first, last), documents.budget())
        .stream()
        .map(BatchItemDocument::read)
        .toList();
  }

  @Override
  public Optional<BatchItem> item(ItemKey key) {
    return Optional.ofNullable(documents.read("find item " + key, name(key)).document())
        .map(BatchItemDocument::read);
  }

  @Override
  public boolean hasOpenItems(BatchId id) {
    return !documents
        .query("look for open items of batch " + id, BatchQueries.open(id), documents.budget())
        .isEmpty();
  }

  @Override
  public List<BatchItem> waitingFor(ImageHash hash, int limit) {
    return ReadableDocuments.find(
        documents,
        "find items that wait for " + hash,
        wanted -> BatchQueries.waiting(hash, wanted),
        limit,
        BatchItemDocument::read);
  }

  @Override
  public Optional<Changed<Batch>> change(BatchId id, Function<Batch, Optional<Batch>> step) {
    return change(
        "change batch " + id,
        name(id),
        BatchDocument.FIELDS,
        BatchDocument::read,
        BatchDocument::fields,
        step);
  }

  @Override
  public Optional<Changed<BatchItem>> change(
      ItemKey key, Function<BatchItem, Optional<BatchItem>> step) {
    return change(
        "change item " + key,
        name(key),
        BatchItemDocument.FIELDS,
        BatchItemDocument::read,
        BatchItemDocument::fields,
        step);
  }

  /** Reads values as a document holds them. */
  @FunctionalInterface
  private interface Reader<T> {
    T read(String name, Map<String, Value> fields);
  }

  private <T> Optional<Changed<T>> change(
      String action,
      String name,
      Set<String> over,
      Reader<T> reader,
      Function<T, Map<String, Value>> writer,
      Function<T, Optional<T>> step) {
    return documents
        .<Optional<Changed<T>>>change(
            action,
            name,
            null,
            document -> {
              if (document == null) {
                return new Step.Answer<>(Optional.empty());
              }
              T current = reader.read(name, document.fields());
              Optional<T> next = step.apply(current);
              if (next.isEmpty()) {
                return new Step.Answer<>(Optional.of(new Changed<>(current, false)));
              }
              Map<String, Value> fields = writer.apply(next.get());
              // As it will be read: the service keeps microseconds.
              T kept = reader.read(name, fields);
              return new Step.Put<>(fields, over, Optional.of(new Changed<>(kept, true)));
            })
        .answer();
  }

  @Override
  public List<Batch> overdueBatches(Instant now, int limit) {
    return ReadableDocuments.find(
        documents,
        "find overdue batches",
        wanted -> BatchQueries.overdueBatches(now, wanted),
        limit,
        BatchDocument::read);
  }

  @Override
  public List<BatchItem> overdueItems(Instant now, int limit) {
    return ReadableDocuments.find(
        documents,
        "find overdue items",
        wanted -> BatchQueries.overdueItems(now, wanted),
        limit,
        BatchItemDocument::read);
  }

  @Override
  public void checkReachable() {
    // No document has this name; a read that finds nothing still proves the way there and back.
    documents.read("reach the batches", documents.name(BatchDocument.COLLECTION, "health"));
  }

  private String name(BatchId id) {
    return documents.name(BatchDocument.COLLECTION, id.text());
  }

  private String name(ItemKey key) {
    return documents.name(BatchItemDocument.COLLECTION, BatchItemDocument.id(key));
  }
}
