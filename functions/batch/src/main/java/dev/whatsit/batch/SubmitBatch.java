package dev.whatsit.batch;

import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.batch.CreateBatchResult;
import dev.whatsit.domain.batch.FetchMessage;
import dev.whatsit.domain.batch.IdempotencyKey;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.batch.ItemStatus;
import dev.whatsit.domain.failure.LimitReached;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.failure.UsageLimit;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.Message;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Submits a batch so that no work is lost: writes the batch with all of its items in one commit,
 * then publishes a message for each item that is not final. After the commit nothing can be lost:
 * each open item holds the time from which the sweep requeues it. Calls the record store, the batch
 * store and each topic at most once, however many items there are; for a repeated submission it
 * calls the batch store three times. Thread-safe.
 */
final class SubmitBatch {
  private static final EventLog LOG = EventLog.of(SubmitBatch.class);

  private final RecordStore records;
  private final BatchStore batches;
  private final MessageQueue queue;
  private final AnnounceBatch announce;
  private final UsageLimit queueLimit;
  private final @Nullable Duration retention;

  /**
   * Creates the use case.
   *
   * @param queueLimit limits the open items
   * @param retention how long a batch is kept, at least {@link Batch#MIN_RETENTION}; null to keep
   *     it forever
   */
  SubmitBatch(
      RecordStore records,
      BatchStore batches,
      MessageQueue queue,
      AnnounceBatch announce,
      UsageLimit queueLimit,
      @Nullable Duration retention) {
    this.records = records;
    this.batches = batches;
    this.queue = queue;
    this.announce = announce;
    this.queueLimit = queueLimit;
    this.retention = retention;
  }

  /** The result of a submission. */
  sealed interface Submitted {
    /**
     * The batch exists, created by this submission or by an earlier one with the same key.
     *
     * @param batch as it was submitted
     * @param items all items in their order, as they were submitted
     */
    record Accepted(Batch batch, List<BatchItem> items) implements Submitted {}

    /** The key was used before for a different body. */
    record KeyTaken() implements Submitted {}
  }

  /**
   * Submits a batch.
   *
   * @param wanted 1 to 1000 items
   * @param callbackUrl URL to notify of the completion, or null
   * @param key the request's idempotency key, or null
   * @param trace the request's trace context, or null
   * @throws LimitReached if the queue is full, an item has to be fetched, and the key was not used
   *     before; nothing was written
   * @throws TransientFailure if a port cannot be reached before the batch is known to be written;
   *     the same submission may be repeated
   */
  Submitted submit(
      List<WantedItem> wanted,
      @Nullable String callbackUrl,
      @Nullable IdempotencyKey key,
      @Nullable TraceParent trace,
      Labels labels,
      Instant now) {
    BatchId id = BatchId.random();
    List<BatchItem> items = items(id, wanted, now);
    Batch lasting = Batch.of(id, items, callbackUrl, now);
    Batch batch = retention == null ? lasting : lasting.expiring(now.plus(retention));
    CreateBatchResult result = create(batch, items, key, now);
    if (result instanceof CreateBatchResult.Repeated repeated) {
      LOG.info("repeated", labels.and("batch", repeated.batch()));
      return firstResult(repeated.batch());
    }
    if (result instanceof CreateBatchResult.KeyTaken) {
      return new Submitted.KeyTaken();
    }
    Labels created = labels.and("batch", id).and("items", items.size());
    LOG.info("accepted", created);
    publish(items, trace, created);
    announce(batch, created);
    // Respond with what was written, without reading it again: the batch exists, and if a read
    // failed, the client would repeat the request and create a second batch.
    return new Submitted.Accepted(batch, items);
  }

  /** Creates the batch, unless it asks for new images while the queue is full. */
  private CreateBatchResult create(
      Batch batch, List<BatchItem> items, @Nullable IdempotencyKey key, Instant now) {
    long toFetch = items.stream().filter(item -> item.status() == ItemStatus.FETCHING).count();
    if (toFetch == 0) {
      return batches.create(batch, items, key, now);
    }
    try (UsageLimit.Grant place = queueLimit.grant(toFetch)) {
      CreateBatchResult result = batches.create(batch, items, key, now);
      if (result instanceof CreateBatchResult.Created) {
        place.use();
      }
      return result;
    } catch (LimitReached e) {
      return Optional.ofNullable(key)
          .flatMap(used -> batches.earlier(used, now))
          .orElseThrow(() -> e);
    }
  }

  /** The result of the first submission, whatever the state of the batch is now. */
  private Submitted firstResult(BatchId id) {
    Batch batch =
        batches.find(id).orElseThrow(() -> new TransientFailure("the batch " + id + " is gone"));
    List<BatchItem> items = batches.items(batch).stream().map(BatchItem::asSubmitted).toList();
    return new Submitted.Accepted(
        Batch.of(id, items, batch.callbackUrl(), batch.createdAt()), items);
  }

  private List<BatchItem> items(BatchId id, List<WantedItem> wanted, Instant now) {
    Set<ImageHash> hashes = new HashSet<>();
    for (WantedItem item : wanted) {
      ImageHash hash = item.imageHash();
      if (hash != null) {
        hashes.add(hash);
      }
    }
    Map<ImageHash, ImageRecord> known = hashes.isEmpty() ? Map.of() : records.findAll(hashes, now);
    List<BatchItem> items = new ArrayList<>();
    for (WantedItem item : wanted) {
      ItemKey key = new ItemKey(id, items.size());
      ImageHash hash = item.imageHash();
      String sourceUrl = item.sourceUrl();
      if (hash != null) {
        items.add(BatchItem.about(key, item.name(), hash, known.get(hash), now));
      } else if (sourceUrl != null) {
        items.add(BatchItem.toFetch(key, item.name(), sourceUrl, now));
      }
    }
    return items;
  }

  /** Publishes the completion of a batch without open items; if that fails, the sweep does. */
  private void announce(Batch batch, Labels labels) {
    try {
      announce.announce(batch);
    } catch (TransientFailure e) {
      LOG.warning("completion is left to the sweep", labels, e);
    }
  }

  /** Publishes a message for each open item; if that fails, the sweep requeues the items. */
  private void publish(List<BatchItem> items, @Nullable TraceParent trace, Labels labels) {
    List<Message> messages =
        items.stream()
            .filter(item -> !item.status().isFinal())
            .map(item -> new FetchMessage(item.key(), trace).toMessage())
            .toList();
    if (messages.isEmpty()) {
      return;
    }
    try {
      queue.publish(Topic.FETCHES, messages, null);
    } catch (TransientFailure e) {
      LOG.warning("items are left to the sweep", labels, e);
    }
  }
}
