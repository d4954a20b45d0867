package dev.whatsit.contracts;

import static dev.whatsit.contracts.Samples.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.BatchProgress;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.batch.Changed;
import dev.whatsit.domain.batch.CreateBatchResult;
import dev.whatsit.domain.batch.IdempotencyKey;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.batch.ItemStatus;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.WorkError;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a {@link BatchStore} promises. */
public abstract class BatchStoreContract {
  private static final int RACERS = 16;
  private static final Instant LATER = NOW.plusSeconds(10);
  private static final Instant MUCH_LATER = NOW.plus(Duration.ofDays(400));
  private static final String URL = "https://example.org/größe/🐈.jpg?a=b&c=<d>";
  private static final WorkError ERROR =
      new WorkError("SOURCE_GONE", "Dort ist „nichts“ mehr.", true);
  private static final List<Annotation> ANNOTATIONS =
      List.of(new Annotation("Kätzchen 🐈", 1.0 / 3), new Annotation("<b>\"sofá\"</b> '\\", 1));

  /** The store under test. */
  protected abstract BatchStore store() throws Exception;

  /** The same store as another process sees it, where that is another object. */
  protected BatchStore otherStore() throws Exception {
    return store();
  }

  /**
   * Makes the answer of the next write through {@link #store} get lost after the write has been
   * made, where the adapter's tests can do so; the call may then throw {@link TransientFailure} or
   * recover by itself. Without it the kit repeats the call.
   */
  protected void loseNextAnswer() throws Exception {}

  // Create and read.

  @Test
  void find_unknown_isEmpty() throws Exception {
    BatchId id = BatchId.random();

    assertThat(store().find(id)).isEmpty();
    assertThat(store().items(id)).isEmpty();
    assertThat(store().item(new ItemKey(id, 0))).isEmpty();
    assertThat(store().hasOpenItems(id)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(ItemStatus.class)
  void create_everythingSet_isWhatIsRead(ItemStatus status) throws Exception {
    BatchId id = BatchId.random();
    BatchItem item = full(new ItemKey(id, 0), status);
    Batch batch = Batch.of(id, List.of(item), "https://example.org/done?x=1", NOW);

    assertThat(store().create(batch, List.of(item), null, NOW))
        .isEqualTo(new CreateBatchResult.Created());

    assertThat(otherStore().find(id)).hasValue(batch);
    assertThat(otherStore().items(id)).containsExactly(item);
    assertThat(store().item(item.key())).hasValue(item);
    assertThat(store().hasOpenItems(id)).isEqualTo(!status.isFinal());
  }

  @Test
  void create_expiring_isReadUntilThenAfterEveryChange() throws Exception {
    BatchId id = BatchId.random();
    List<BatchItem> items = fetching(id, 1);
    Batch batch = Batch.of(id, items, "https://example.org/done", NOW).expiring(MUCH_LATER);
    create(batch, items, null);

    assertThat(otherStore().find(id)).hasValue(batch);
    store().change(items.get(0).key(), found -> found.failed(ERROR, LATER));
    store().change(id, found -> found.completed(LATER));
    assertThat(otherStore().find(id)).isEqualTo(batch.completed(LATER));
    // Whoever writes another may remove what has expired.
    createFetching(1);
    assertThat(store().items(id)).hasSize(1);
  }

  @Test
  void create_nothingOptionalSet_isWhatIsRead() throws Exception {
    BatchId id = BatchId.random();
    BatchItem item = waiting(id, 0, Samples.image().hash(), 1);
    Batch batch = Batch.of(id, List.of(item), null, NOW);

    store().create(batch, List.of(item), null, NOW);

    assertThat(store().find(id)).hasValue(batch);
    assertThat(store().item(item.key())).hasValue(item);
  }

  @Test
  void create_largestBatch_isReadInOrder() throws Exception {
    BatchId id = BatchId.random();
    String longest = "https://example.org/" + "x".repeat(2048 - 20);
    List<BatchItem> items = new ArrayList<>();
    for (int i = 0; i < Batch.MOST_ITEMS; i++) {
      items.add(BatchItem.toFetch(new ItemKey(id, i), "name " + i, longest, NOW));
    }

    create(Batch.of(id, items, null, NOW), items, null);

    assertThat(otherStore().items(id)).isEqualTo(items);
    assertThat(store().hasOpenItems(id)).isTrue();
  }

  @Test
  void items_endedInTheMomentOfTheirSubmission_areToldFromThoseFinalFromTheStart()
      throws Exception {
    Instant now = NOW.plusNanos(123_456_789);
    BatchId id = BatchId.random();
    ImageRecord image = queued();
    BatchItem ended =
        BatchItem.about(new ItemKey(id, 0), "a", image.hash(), classified(image), now);
    BatchItem open = BatchItem.about(new ItemKey(id, 1), "b", image.hash(), image, now);
    List<BatchItem> items = List.of(ended, open);
    store().create(Batch.of(id, items, null, now), items, null, now);
    Instant kept = store().item(open.key()).orElseThrow().createdAt();

    store().change(open.key(), item -> item.followed(classified(image), kept));

    assertThat(store().items(id)).allMatch(item -> item.status() == ItemStatus.SUCCESS);
    assertThat(otherStore().items(id).stream().map(item -> item.asSubmitted().status()))
        .containsExactly(ItemStatus.SUCCESS, ItemStatus.WAITING);
  }

  @Test
  void items_ofOtherBatches_areNotAmongThem() throws Exception {
    List<BatchItem> one = createFetching(2);
    List<BatchItem> two = createFetching(3);

    assertThat(store().items(one.get(0).key().batch())).isEqualTo(one);
    assertThat(store().items(two.get(0).key().batch())).isEqualTo(two);
  }

  @Test
  void create_answerLost_isCreatedWhenItIsCalledAgain() throws Exception {
    BatchId id = BatchId.random();
    List<BatchItem> items = fetching(id, 3);
    Batch batch = Batch.of(id, items, null, NOW);
    loseNextAnswer();

    CreateBatchResult result = persistently(() -> store().create(batch, items, null, NOW));

    assertThat(result).isEqualTo(new CreateBatchResult.Created());
    assertThat(store().create(batch, items, null, NOW)).isEqualTo(new CreateBatchResult.Created());
    assertThat(otherStore().items(id)).isEqualTo(items);
  }

  // Idempotency keys.

  @Test
  void create_sameKeyAndBody_isRepeatedAndWritesNothing() throws Exception {
    IdempotencyKey key = key();
    BatchId first = createWith(key, NOW);
    BatchId second = BatchId.random();
    List<BatchItem> items = fetching(second, 1);

    CreateBatchResult result =
        otherStore().create(Batch.of(second, items, null, LATER), items, key, LATER);

    assertThat(result).isEqualTo(new CreateBatchResult.Repeated(first));
    assertThat(store().find(second)).isEmpty();
    assertThat(store().items(second)).isEmpty();
  }

  @Test
  void create_sameKeyOtherBody_isRefusedAndWritesNothing() throws Exception {
    IdempotencyKey key = key();
    createWith(key, NOW);
    BatchId second = BatchId.random();
    List<BatchItem> items = fetching(second, 1);
    IdempotencyKey other = new IdempotencyKey(key.keyDigest(), digest());

    assertThat(store().create(Batch.of(second, items, null, LATER), items, other, LATER))
        .isEqualTo(new CreateBatchResult.KeyTaken());
    assertThat(store().find(second)).isEmpty();
    assertThat(store().items(second)).isEmpty();
  }

  @Test
  void create_sameKeyAfterItsLifetime_isCreatedAnew() throws Exception {
    IdempotencyKey key = key();
    BatchId first = createWith(key, NOW);
    IdempotencyKey other = new IdempotencyKey(key.keyDigest(), digest());
    Instant over = NOW.plus(IdempotencyKey.LIFETIME);
    BatchId last = BatchId.random();
    List<BatchItem> items = fetching(last, 1);
    Batch batch = Batch.of(last, items, null, over);

    assertThat(store().create(batch, items, key, over.minusMillis(1)))
        .isEqualTo(new CreateBatchResult.Repeated(first));
    assertThat(store().create(batch, items, other, over))
        .isEqualTo(new CreateBatchResult.Created());
    BatchId late = BatchId.random();
    List<BatchItem> lateItems = fetching(late, 1);
    assertThat(otherStore().create(Batch.of(late, lateItems, null, over), lateItems, key, over))
        .isEqualTo(new CreateBatchResult.KeyTaken());
  }

  @Test
  void create_withKeyAnswerLost_isNotTakenForARepetition() throws Exception {
    IdempotencyKey key = key();
    BatchId id = BatchId.random();
    List<BatchItem> items = fetching(id, 2);
    Batch batch = Batch.of(id, items, null, NOW);
    loseNextAnswer();

    CreateBatchResult result = persistently(() -> store().create(batch, items, key, NOW));

    assertThat(result).isEqualTo(new CreateBatchResult.Created());
    assertThat(store().create(batch, items, key, NOW)).isEqualTo(new CreateBatchResult.Created());
    assertThat(otherStore().items(id)).isEqualTo(items);
  }

  @Test
  void create_sameKeyAtOnce_makesOneBatch() throws Exception {
    IdempotencyKey key = key();
    List<BatchId> ids = new ArrayList<>();
    for (int i = 0; i < RACERS; i++) {
      ids.add(BatchId.random());
    }

    List<CreateBatchResult> results =
        Race.of(
            RACERS,
            i ->
                () -> {
                  List<BatchItem> items = fetching(ids.get(i), 2);
                  Batch batch = Batch.of(ids.get(i), items, null, NOW);
                  return persistently(() -> either(i).create(batch, items, key, NOW));
                });

    assertThat(results).filteredOn(CreateBatchResult.Created.class::isInstance).hasSize(1);
    int winner = results.indexOf(new CreateBatchResult.Created());
    List<BatchId> losers = new ArrayList<>(ids);
    losers.remove(winner);
    assertThat(results)
        .filteredOn(result -> !(result instanceof CreateBatchResult.Created))
        .containsOnly(new CreateBatchResult.Repeated(ids.get(winner)));
    assertThat(store().items(ids.get(winner))).hasSize(2);
    for (BatchId loser : losers) {
      assertThat(store().find(loser)).isEmpty();
      assertThat(store().items(loser)).isEmpty();
    }
  }

  // Change.

  @Test
  void change_unknown_isEmptyAndAsksNobody() throws Exception {
    BatchId id = BatchId.random();

    assertThat(
            store()
                .change(
                    id,
                    batch -> {
                      throw new AssertionError("there is none");
                    }))
        .isEmpty();
    assertThat(
            store()
                .change(
                    new ItemKey(id, 0),
                    item -> {
                      throw new AssertionError("there is none");
                    }))
        .isEmpty();
    assertThat(store().find(id)).isEmpty();
  }

  @Test
  void change_nothingToWrite_givesWhatStands() throws Exception {
    BatchItem item = createFetching(1).get(0);

    assertThat(store().change(item.key(), same -> Optional.empty()))
        .hasValue(new Changed<>(item, false));
    assertThat(store().item(item.key())).hasValue(item);
  }

  @Test
  void change_item_isWrittenAloneAndRead() throws Exception {
    List<BatchItem> items = createFetching(3);
    ImageRecord record = queued();
    ItemKey key = items.get(1).key();

    Changed<BatchItem> changed =
        store().change(key, item -> item.followed(record, LATER)).orElseThrow();

    assertThat(changed.written()).isTrue();
    assertThat(changed.value()).isEqualTo(items.get(1).followed(record, LATER).orElseThrow());
    assertThat(otherStore().items(key.batch()))
        .containsExactly(items.get(0), changed.value(), items.get(2));
  }

  @Test
  void change_itemToEachEnd_isRead() throws Exception {
    List<BatchItem> items = createFetching(3);
    ImageRecord success = classified(queued());
    ImageRecord canceled = queued().canceled("token", LATER).orElseThrow();

    store().change(items.get(0).key(), item -> item.followed(success, LATER));
    store().change(items.get(1).key(), item -> item.followed(canceled, LATER));
    store().change(items.get(2).key(), item -> item.failed(ERROR, LATER));

    assertThat(otherStore().items(items.get(0).key().batch()))
        .containsExactly(
            items.get(0).followed(success, LATER).orElseThrow(),
            items.get(1).followed(canceled, LATER).orElseThrow(),
            items.get(2).failed(ERROR, LATER).orElseThrow());
    assertThat(store().hasOpenItems(items.get(0).key().batch())).isFalse();
  }

  @Test
  void change_batch_isRead() throws Exception {
    BatchId id = BatchId.random();
    List<BatchItem> items = fetching(id, 1);
    Batch batch = Batch.of(id, items, "https://example.org/done", NOW);
    create(batch, items, null);
    Batch completed = batch.completed(LATER).orElseThrow();
    Batch announced = completed.announced(LATER).orElseThrow();

    assertThat(store().change(id, found -> found.completed(LATER)))
        .hasValue(new Changed<>(completed, true));
    assertThat(otherStore().find(id)).hasValue(completed);
    assertThat(otherStore().change(id, found -> found.announced(LATER)))
        .hasValue(new Changed<>(announced, true));
    assertThat(store().find(id)).hasValue(announced);
  }

  @Test
  void change_answerLost_isWrittenOnceAndRead() throws Exception {
    BatchItem item = createFetching(1).get(0);
    loseNextAnswer();

    persistently(() -> store().change(item.key(), found -> found.failed(ERROR, LATER)));

    assertThat(otherStore().item(item.key())).isEqualTo(item.failed(ERROR, LATER));
  }

  @Test
  void change_sameItemAtOnce_oneWrites() throws Exception {
    BatchItem item = createFetching(1).get(0);

    List<Boolean> written =
        Race.of(
            RACERS,
            i ->
                () ->
                    persistently(
                            () ->
                                either(i)
                                    .change(
                                        item.key(),
                                        found ->
                                            found.failed(
                                                new WorkError("CODE_" + i, "Broken.", false),
                                                LATER)))
                        .orElseThrow()
                        .written());

    assertThat(written).filteredOn(wrote -> wrote).hasSize(1);
    assertThat(store().item(item.key()).orElseThrow().error())
        .isEqualTo(new WorkError("CODE_" + written.indexOf(true), "Broken.", false));
  }

  @Test
  void change_countedAtOnce_losesNone() throws Exception {
    BatchItem item = createFetching(1).get(0);

    Race.of(
        8,
        i ->
            () ->
                persistently(
                    () -> either(i).change(item.key(), found -> found.fetchBegun(LATER, LATER))));

    assertThat(store().item(item.key()).orElseThrow().fetches()).isEqualTo(8);
  }

  // The end of a batch.

  @Test
  void complete_lastItemsAtOnce_isDoneByExactlyOne() throws Exception {
    for (int round = 0; round < 20; round++) {
      List<BatchItem> items = createFetching(2);

      List<Optional<Batch>> completed =
          Race.of(
              2,
              i ->
                  () ->
                      persistently(
                          () ->
                              new BatchProgress(either(i)).fail(items.get(i).key(), ERROR, LATER)));

      assertThat(completed).filteredOn(Optional::isPresent).hasSize(1);
      assertThat(store().find(items.get(0).key().batch()).orElseThrow().completedAt())
          .isEqualTo(LATER);
    }
  }

  @Test
  void complete_noItemOpenAndManySeeIt_isDoneByExactlyOne() throws Exception {
    ItemKey item = createFetching(1).get(0).key();
    store().change(item, found -> found.failed(ERROR, LATER));

    List<Optional<Batch>> completed =
        Race.of(
            RACERS,
            i ->
                () ->
                    persistently(() -> new BatchProgress(either(i)).complete(item.batch(), LATER)));

    assertThat(completed).filteredOn(Optional::isPresent).hasSize(1);
  }

  @Test
  void complete_manyItemsByMany_isDoneByExactlyOneAndNotBefore() throws Exception {
    List<BatchItem> items = createFetching(RACERS + 1);
    BatchId id = items.get(0).key().batch();

    List<Optional<Batch>> early =
        Race.of(
            RACERS,
            i ->
                () ->
                    persistently(
                        () -> new BatchProgress(either(i)).fail(items.get(i).key(), ERROR, LATER)));

    assertThat(early).containsOnly(Optional.empty());
    assertThat(store().find(id).orElseThrow().completedAt()).isNull();
    assertThat(new BatchProgress(store()).fail(items.get(RACERS).key(), ERROR, LATER)).isPresent();
    assertThat(new BatchProgress(otherStore()).fail(items.get(0).key(), ERROR, LATER)).isEmpty();
  }

  @Test
  void complete_whoEndedTheLastItemDied_isDoneByTheNextWhoTries() throws Exception {
    BatchItem item = createFetching(1).get(0);
    store().change(item.key(), found -> found.failed(ERROR, LATER));

    assertThat(new BatchProgress(otherStore()).fail(item.key(), ERROR, LATER)).isPresent();
  }

  // Who waits for an image.

  @Test
  void waitingFor_itemsOfSeveralBatches_findsThoseThatAreOpen() throws Exception {
    ImageRecord record = queued();
    ImageHash hash = record.hash();
    BatchItem one = createWaiting(hash, 1);
    BatchItem two = createWaiting(hash, 1);
    BatchItem fetched = createFetching(1).get(0);
    createWaiting(Samples.image().hash(), 1);
    BatchItem ended = createWaiting(hash, 1);
    store().change(ended.key(), item -> item.failed(ERROR, LATER));
    BatchItem now =
        store().change(fetched.key(), item -> item.followed(record, LATER)).orElseThrow().value();

    assertThat(otherStore().waitingFor(hash, 10)).containsExactlyInAnyOrder(one, two, now);
    assertThat(store().waitingFor(hash, 2)).hasSize(2);
    assertThat(store().waitingFor(Samples.image().hash(), 10)).isEmpty();
  }

  @Test
  void follow_imageOfSeveralBatches_endsEachAndLeavesALaterRun() throws Exception {
    ImageRecord record = classified(queued());
    BatchItem one = createWaiting(record.hash(), 1);
    BatchItem two = createWaiting(record.hash(), 1);
    BatchItem laterRun = createWaiting(record.hash(), 2);

    List<Batch> completed = new BatchProgress(store()).follow(record, LATER);

    assertThat(completed)
        .extracting(Batch::id)
        .containsExactlyInAnyOrder(one.key().batch(), two.key().batch());
    assertThat(store().item(one.key())).isEqualTo(one.followed(record, LATER));
    assertThat(store().item(one.key()).orElseThrow().annotations()).isEqualTo(ANNOTATIONS);
    assertThat(store().waitingFor(record.hash(), 10)).containsExactly(laterRun);
    assertThat(new BatchProgress(store()).follow(record, LATER)).isEmpty();
  }

  // What nobody carries.

  @Test
  void overdueItems_openOnes_areFoundFromTheirTimeOnTheLongestFirst() throws Exception {
    BatchItem second = createFetching(1).get(0);
    BatchItem first = createFetching(1).get(0);
    store().change(first.key(), item -> item.fetchBegun(NOW.plusSeconds(5), NOW));
    BatchItem begun = store().item(first.key()).orElseThrow();
    BatchItem ended = createFetching(1).get(0);
    store().change(ended.key(), item -> item.failed(ERROR, LATER));
    Instant due = overdueAt(second);

    assertThat(mine(store().overdueItems(due.minusMillis(1), 1000), first, second, ended))
        .containsExactly(begun);
    assertThat(mine(otherStore().overdueItems(due, 1000), first, second, ended))
        .containsExactly(begun, second);
    assertThat(mine(store().overdueItems(MUCH_LATER, 1000), ended)).isEmpty();
    assertThat(store().overdueItems(MUCH_LATER, 1)).hasSize(1);
  }

  @Test
  void overdueItems_postponed_areNotFoundUntilThen() throws Exception {
    BatchItem item = createFetching(1).get(0);
    Instant due = overdueAt(item);

    Changed<BatchItem> postponed =
        store().change(item.key(), found -> found.postponed(due)).orElseThrow();

    assertThat(mine(store().overdueItems(due, 1000), item)).isEmpty();
    assertThat(mine(store().overdueItems(overdueAt(postponed.value()), 1000), item))
        .containsExactly(postponed.value());
  }

  @Test
  void overdueBatches_openAndUnannounced_areFoundFromTheirTimeOn() throws Exception {
    BatchId open = createFetching(1).get(0).key().batch();
    BatchId quiet = createFetching(1).get(0).key().batch();
    BatchId told = BatchId.random();
    List<BatchItem> items = fetching(told, 1);
    create(Batch.of(told, items, "https://example.org/done", NOW), items, null);
    store().change(quiet, batch -> batch.completed(NOW));
    store().change(told, batch -> batch.completed(NOW));
    Instant due = overdueAt(store().find(open).orElseThrow());

    assertThat(ids(store().overdueBatches(NOW, 1000))).doesNotContain(open, quiet, told);
    assertThat(ids(otherStore().overdueBatches(due, 1000)))
        .containsSubsequence(told, open)
        .doesNotContain(quiet);
    assertThat(store().overdueBatches(MUCH_LATER, 1)).hasSize(1);
    store().change(told, batch -> batch.announced(LATER));
    assertThat(ids(store().overdueBatches(due, 1000))).doesNotContain(told);
  }

  @Test
  void checkReachable_reachable_passes() {
    assertThatCode(() -> store().checkReachable()).doesNotThrowAnyException();
  }

  // Samples and steps.

  private BatchStore either(int i) throws Exception {
    return i % 2 == 0 ? store() : otherStore();
  }

  /** As callers do: what is not known to be written is asked for again. */
  private static <T> T persistently(Callable<T> call) throws Exception {
    for (int attempt = 1; ; attempt++) {
      try {
        return call.call();
      } catch (TransientFailure e) {
        if (attempt == 5) {
          throw e;
        }
      }
    }
  }

  private void create(Batch batch, List<BatchItem> items, @Nullable IdempotencyKey key)
      throws Exception {
    assertThat(store().create(batch, items, key, NOW)).isEqualTo(new CreateBatchResult.Created());
  }

  private BatchId createWith(IdempotencyKey key, Instant now) throws Exception {
    BatchId id = BatchId.random();
    List<BatchItem> items = fetching(id, 1);
    assertThat(store().create(Batch.of(id, items, null, now), items, key, now))
        .isEqualTo(new CreateBatchResult.Created());
    return id;
  }

  private List<BatchItem> createFetching(int total) throws Exception {
    BatchId id = BatchId.random();
    List<BatchItem> items = fetching(id, total);
    create(Batch.of(id, items, null, NOW), items, null);
    return items;
  }

  private BatchItem createWaiting(ImageHash hash, int run) throws Exception {
    BatchId id = BatchId.random();
    BatchItem item = waiting(id, 0, hash, run);
    create(Batch.of(id, List.of(item), null, NOW), List.of(item), null);
    return item;
  }

  private static List<BatchItem> fetching(BatchId id, int total) {
    List<BatchItem> items = new ArrayList<>();
    for (int i = 0; i < total; i++) {
      items.add(BatchItem.toFetch(new ItemKey(id, i), "Bild " + i, URL, NOW));
    }
    return items;
  }

  private static BatchItem waiting(BatchId id, int index, ImageHash hash, int run) {
    return new BatchItem(
        new ItemKey(id, index),
        "1",
        null,
        hash,
        run,
        ItemStatus.WAITING,
        0,
        List.of(),
        null,
        NOW,
        NOW,
        NOW.plusSeconds(300));
  }

  private static BatchItem full(ItemKey key, ItemStatus status) {
    return new BatchItem(
        key,
        "Größe \"<🐈>\" '\\",
        URL,
        status == ItemStatus.FETCHING ? null : Samples.image().hash(),
        status == ItemStatus.FETCHING ? 0 : 7,
        status,
        3,
        status == ItemStatus.SUCCESS ? ANNOTATIONS : List.of(),
        status == ItemStatus.ERROR ? ERROR : null,
        NOW,
        LATER,
        status.isFinal() ? null : LATER.plusSeconds(300));
  }

  private static ImageRecord queued() {
    return ImageRecord.queued(Samples.image(), Samples.id("message"), NOW);
  }

  private static ImageRecord classified(ImageRecord queued) {
    Claim claim =
        new Claim(queued.message(), Samples.id("message"), "token", NOW, NOW.plusSeconds(150));
    ImageRecord claimed = ImageRecord.decide(queued, claim).write();
    if (claimed == null) {
      throw new AssertionError("not granted");
    }
    return claimed
        .finished(
            "token",
            new Outcome.Classified(
                new Classification(ANNOTATIONS, List.of(), new ClassifierIdentity("onnx", "none"))),
            NOW)
        .orElseThrow();
  }

  private static IdempotencyKey key() {
    return new IdempotencyKey(digest(), digest());
  }

  private static String digest() {
    return Samples.image().hash().hex();
  }

  private static Instant overdueAt(BatchItem item) {
    return Optional.ofNullable(item.overdueAt()).orElseThrow();
  }

  private static Instant overdueAt(Batch batch) {
    return Optional.ofNullable(batch.overdueAt()).orElseThrow();
  }

  /** Other tests may leave something in the same store. */
  private static List<BatchItem> mine(List<BatchItem> found, BatchItem... wanted) {
    List<ItemKey> keys = Arrays.stream(wanted).map(BatchItem::key).toList();
    return found.stream().filter(item -> keys.contains(item.key())).toList();
  }

  private static List<BatchId> ids(List<Batch> batches) {
    return batches.stream().map(Batch::id).toList();
  }
}
