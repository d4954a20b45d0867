package dev.whatsit.contracts;

import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.batch.Changed;
import dev.whatsit.domain.batch.CreateBatchResult;
import dev.whatsit.domain.batch.IdempotencyKey;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.batch.ItemStatus;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.WorkError;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The kit of batches passes what is right and fails what is wrong, each in one way. */
class BatchKitTest {
  @Test
  void kit_rightAdapter_passesAllOfItsTests() {
    KitsTest.assertPasses(RightBatches.class, 34);
  }

  @ParameterizedTest
  @EnumSource(Flaw.class)
  void kit_flaw_isFound(Flaw flaw) {
    WrongBatches.flaw = flaw;
    KitsTest.assertFails(WrongBatches.class);
  }

  // Nested and static, so that only the runs above find them.

  enum Flaw {
    LOSES_THE_BATCH,
    LOSES_THE_LAST_ITEM,
    LOSES_THE_EXPIRY,
    REMOVES_WHAT_WILL_EXPIRE,
    LOSES_ANNOTATIONS,
    LOSES_ERRORS,
    READS_ITEMS_IN_ANY_ORDER,
    TAKES_ITS_OWN_WRITE_FOR_A_REPETITION,
    FORGETS_THE_KEY,
    FORGETS_THE_BODY,
    KEEPS_A_KEY_FOR_EVER,
    ENDS_A_KEY_EARLY,
    KEEPS_THE_OLD_KEY,
    WRITES_WHAT_IS_REPEATED,
    EVERY_RACING_CREATOR_WINS,
    EVERY_RACING_END_IS_WRITTEN,
    EVERY_RACING_COMPLETION_IS_WRITTEN,
    SAYS_WRITTEN_OF_WHAT_STANDS,
    CHANGES_EVERY_ITEM,
    OPEN_ITEMS_OF_ANY_BATCH,
    WAITING_IS_NOT_OPEN,
    SEES_THE_LAST_END_LATE,
    FINDS_WHO_WAITED,
    FINDS_WHO_WAITED_FROM_THE_BEGINNING,
    FINDS_MORE_THAN_ASKED_FOR,
    OVERDUE_AS_CREATED,
    OVERDUE_THE_SHORTEST_FIRST,
    OVERDUE_A_MOMENT_EARLY,
    FORGETS_THE_UNANNOUNCED,
    FINDS_COMPLETE_BATCHES
  }

  static final class RightBatches extends BatchStoreContract {
    private final AtomicBoolean loses = new AtomicBoolean();
    private final BatchStore store = new MemoryBatches(null, loses);

    @Override
    protected BatchStore store() {
      return store;
    }

    @Override
    protected void loseNextAnswer() {
      loses.set(true);
    }
  }

  @ExtendWith(StopAtFirstFailure.class)
  static final class WrongBatches extends BatchStoreContract {
    private static Flaw flaw = Flaw.FORGETS_THE_KEY;
    private final BatchStore store = new MemoryBatches(flaw, new AtomicBoolean());

    @Override
    protected BatchStore store() {
      return store;
    }
  }

  private static final class MemoryBatches implements BatchStore {
    private final Map<BatchId, Batch> batches = new HashMap<>();
    private final Map<ItemKey, BatchItem> items = new HashMap<>();
    private final Map<BatchId, Batch> createdBatches = new HashMap<>();
    private final Map<ItemKey, BatchItem> createdItems = new HashMap<>();
    private final Map<String, Submission> keys = new HashMap<>();
    private final @Nullable Flaw flaw;
    private final AtomicBoolean loses;
    private final Thread owner = Thread.currentThread();
    private @Nullable BatchItem before;

    private record Submission(IdempotencyKey key, BatchId batch, Instant expireAt) {}

    MemoryBatches(@Nullable Flaw flaw, AtomicBoolean loses) {
      this.flaw = flaw;
      this.loses = loses;
    }

    @Override
    public CreateBatchResult create(
        Batch batch, List<BatchItem> all, @Nullable IdempotencyKey key, Instant now) {
      return exclusively(
          () -> {
            if (flaw == Flaw.REMOVES_WHAT_WILL_EXPIRE) {
              batches.values().stream()
                  .filter(other -> other.expireAt() != null)
                  .forEach(other -> items.keySet().removeIf(k -> k.batch().equals(other.id())));
            }
            CreateBatchResult result = result(batch.id(), key, now);
            if (result instanceof CreateBatchResult.Created
                || flaw == Flaw.WRITES_WHAT_IS_REPEATED) {
              write(batch, all);
            }
            return result;
          });
    }

    private CreateBatchResult result(BatchId id, @Nullable IdempotencyKey key, Instant now) {
      if (batches.containsKey(id) && flaw != Flaw.TAKES_ITS_OWN_WRITE_FOR_A_REPETITION) {
        return new CreateBatchResult.Created();
      }
      if (key == null || flaw == Flaw.FORGETS_THE_KEY || races(Flaw.EVERY_RACING_CREATOR_WINS)) {
        return new CreateBatchResult.Created();
      }
      Submission known = keys.get(key.keyDigest());
      Instant at = flaw == Flaw.ENDS_A_KEY_EARLY ? now.plusMillis(1) : now;
      if (known == null) {
        keys.put(key.keyDigest(), new Submission(key, id, now.plus(IdempotencyKey.LIFETIME)));
        return new CreateBatchResult.Created();
      }
      if (!known.expireAt().isAfter(at) && flaw != Flaw.KEEPS_A_KEY_FOR_EVER) {
        if (flaw != Flaw.KEEPS_THE_OLD_KEY) {
          keys.put(key.keyDigest(), new Submission(key, id, now.plus(IdempotencyKey.LIFETIME)));
        }
        return new CreateBatchResult.Created();
      }
      return known.key().equals(key) || flaw == Flaw.FORGETS_THE_BODY
          ? new CreateBatchResult.Repeated(known.batch())
          : new CreateBatchResult.KeyTaken();
    }

    private void write(Batch batch, List<BatchItem> all) {
      if (flaw != Flaw.LOSES_THE_BATCH) {
        batches.putIfAbsent(
            batch.id(),
            flaw == Flaw.LOSES_THE_EXPIRY
                ? Batch.of(batch.id(), all, batch.callbackUrl(), batch.createdAt())
                : batch);
        createdBatches.putIfAbsent(batch.id(), batch);
      }
      int kept = flaw == Flaw.LOSES_THE_LAST_ITEM ? all.size() - 1 : all.size();
      for (BatchItem item : all.subList(0, kept)) {
        items.putIfAbsent(item.key(), kept(item));
        createdItems.putIfAbsent(item.key(), item);
      }
    }

    private BatchItem kept(BatchItem item) {
      WorkError error = item.error();
      return new BatchItem(
          item.key(),
          item.name(),
          item.sourceUrl(),
          item.imageHash(),
          item.run(),
          item.status(),
          item.fetches(),
          flaw == Flaw.LOSES_ANNOTATIONS ? List.of() : item.annotations(),
          error != null && flaw == Flaw.LOSES_ERRORS
              ? new WorkError(error.code(), "", error.retryable())
              : error,
          item.createdAt(),
          item.updatedAt(),
          item.overdueAt());
    }

    @Override
    public synchronized Optional<Batch> find(BatchId id) {
      return Optional.ofNullable(batches.get(id));
    }

    @Override
    public synchronized List<BatchItem> items(BatchId id) {
      List<BatchItem> found = itemsWhere(item -> item.key().batch().equals(id));
      found.sort(
          flaw == Flaw.READS_ITEMS_IN_ANY_ORDER
              ? Comparator.comparing(item -> item.key().toString())
              : Comparator.comparing(item -> item.key().index()));
      return found;
    }

    @Override
    public synchronized Optional<BatchItem> item(ItemKey key) {
      return Optional.ofNullable(items.get(key));
    }

    @Override
    public synchronized boolean hasOpenItems(BatchId id) {
      BatchItem late = flaw == Flaw.SEES_THE_LAST_END_LATE ? before : null;
      if (late != null && late.key().batch().equals(id)) {
        before = null;
        return !late.status().isFinal();
      }
      return !itemsWhere(
              item ->
                  !item.status().isFinal()
                      && (item.key().batch().equals(id) || flaw == Flaw.OPEN_ITEMS_OF_ANY_BATCH)
                      && (flaw != Flaw.WAITING_IS_NOT_OPEN || item.status() != ItemStatus.WAITING))
          .isEmpty();
    }

    @Override
    public synchronized List<BatchItem> waitingFor(ImageHash hash, int limit) {
      return some(
          itemsWhere(
              item ->
                  hash.equals(item.imageHash())
                      && (item.status() == ItemStatus.WAITING || flaw == Flaw.FINDS_WHO_WAITED)
                      && (flaw != Flaw.FINDS_WHO_WAITED_FROM_THE_BEGINNING
                          || hash.equals(
                              Objects.requireNonNull(createdItems.get(item.key())).imageHash()))),
          limit);
    }

    @Override
    public Optional<Changed<Batch>> change(BatchId id, Function<Batch, Optional<Batch>> step) {
      return exclusively(
          () -> change(batches, createdBatches, id, step, Flaw.EVERY_RACING_COMPLETION_IS_WRITTEN));
    }

    @Override
    public Optional<Changed<BatchItem>> change(
        ItemKey key, Function<BatchItem, Optional<BatchItem>> step) {
      return exclusively(
          () -> {
            before = items.get(key);
            if (flaw == Flaw.CHANGES_EVERY_ITEM) {
              for (BatchItem other : items(key.batch())) {
                step.apply(other).ifPresent(next -> items.put(other.key(), next));
              }
            }
            Optional<Changed<BatchItem>> changed =
                change(items, createdItems, key, step, Flaw.EVERY_RACING_END_IS_WRITTEN);
            changed.ifPresent(now -> items.put(key, kept(now.value())));
            return changed;
          });
    }

    private <K, T> Optional<Changed<T>> change(
        Map<K, T> all, Map<K, T> created, K key, Function<T, Optional<T>> step, Flaw blindly) {
      T current = races(blindly) ? created.get(key) : all.get(key);
      if (current == null) {
        return Optional.empty();
      }
      Optional<T> next = step.apply(current);
      next.ifPresent(written -> all.put(key, written));
      return Optional.of(
          new Changed<>(
              next.orElse(current), next.isPresent() || flaw == Flaw.SAYS_WRITTEN_OF_WHAT_STANDS));
    }

    @Override
    public synchronized List<Batch> overdueBatches(Instant now, int limit) {
      List<Batch> found = new ArrayList<>();
      for (Batch batch : batches.values()) {
        if (flaw == Flaw.FORGETS_THE_UNANNOUNCED && batch.announceDue()) {
          continue;
        }
        Instant due = flaw == Flaw.FINDS_COMPLETE_BATCHES ? batch.createdAt() : batch.overdueAt();
        if (due != null && !due.isAfter(now)) {
          found.add(batch);
        }
      }
      return overdue(
          found,
          Comparator.comparing(
              batch -> Optional.ofNullable(batch.overdueAt()).orElse(batch.createdAt())),
          limit);
    }

    @Override
    public synchronized List<BatchItem> overdueItems(Instant now, int limit) {
      Instant at = flaw == Flaw.OVERDUE_A_MOMENT_EARLY ? now.plus(Duration.ofSeconds(1)) : now;
      List<BatchItem> found =
          itemsWhere(
              item -> {
                @Nullable BatchItem seen =
                    flaw == Flaw.OVERDUE_AS_CREATED ? createdItems.get(item.key()) : item;
                Instant due = Objects.requireNonNull(seen).overdueAt();
                return due != null && !due.isAfter(at);
              });
      return overdue(
          found,
          Comparator.comparing(item -> Optional.ofNullable(item.overdueAt()).orElse(Instant.MIN)),
          limit);
    }

    private <T> List<T> overdue(List<T> found, Comparator<T> order, int limit) {
      found.sort(order);
      if (flaw == Flaw.OVERDUE_THE_SHORTEST_FIRST) {
        Collections.reverse(found);
      }
      return some(found, limit);
    }

    private <T> List<T> some(List<T> found, int limit) {
      return flaw == Flaw.FINDS_MORE_THAN_ASKED_FOR
          ? found
          : found.subList(0, Math.min(limit, found.size()));
    }

    private List<BatchItem> itemsWhere(Predicate<BatchItem> isWanted) {
      List<BatchItem> found = new ArrayList<>();
      for (BatchItem item : items.values()) {
        if (isWanted.test(item)) {
          found.add(item);
        }
      }
      return found;
    }

    @Override
    public void checkReachable() {}

    private boolean races(Flaw wanted) {
      return flaw == wanted && Thread.currentThread() != owner;
    }

    private <T> T exclusively(Supplier<T> step) {
      T result;
      synchronized (this) {
        result = step.get();
      }
      if (loses.compareAndSet(true, false)) {
        throw new TransientFailure("the answer got lost");
      }
      return result;
    }
  }
}
