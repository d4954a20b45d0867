package dev.whatsit.stores;

import static dev.whatsit.contracts.Samples.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.Race;
import dev.whatsit.contracts.Samples;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.BatchProgress;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.batch.CreateBatchResult;
import dev.whatsit.domain.batch.IdempotencyKey;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.batch.ItemStatus;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract of {@link BatchStore}, on a document store. */
public abstract class BatchStoreSuite extends StoreSuite {
  /** As {@link StoreSuite}. */
  protected BatchStoreSuite(
      Supplier<DocumentStore> documents, Supplier<DocumentStore> otherDocuments) {
    super(documents, otherDocuments);
  }

  private static final int RACERS = 16;
  private static final Instant LATER = NOW.plusSeconds(10);
  private static final Instant MUCH_LATER = NOW.plus(Duration.ofDays(400));
  private static final String URL = "https://example.org/größe/🐈.jpg?a=b&c=<d>";
  private static final WorkError ERROR =
      new WorkError("SOURCE_GONE", "Dort ist „nichts“ mehr.", true);
  private static final List<Annotation> ANNOTATIONS =
      List.of(new Annotation("Kätzchen 🐈", 1.0 / 3), new Annotation("<b>\"sofá\"</b> '\\", 1));

  private BatchStore store() throws Exception {
    return new BatchStore(faulty());
  }

  private BatchStore otherStore() throws Exception {
    return new BatchStore(otherDocuments());
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
    assertThat(otherItems(id)).containsExactly(item);
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
    assertThat(otherItems(id)).extracting(BatchItem::expireAt).containsExactly(MUCH_LATER);
    store().change(items.get(0).key(), found -> found.followed(queued(), LATER));
    store().change(items.get(0).key(), found -> found.failed(ERROR, LATER));
    store().change(id, found -> found.completed(LATER));
    assertThat(otherStore().find(id)).isEqualTo(batch.completed(LATER));
    assertThat(otherItems(id)).extracting(BatchItem::expireAt).containsExactly(MUCH_LATER);
  }

  @Test
  void create_largestBatch_isReadInOrder() throws Exception {
    BatchId id = BatchId.random();
    String url = "https://example.org/" + "x".repeat(2048 - 20);
    List<BatchItem> items = new ArrayList<>();
    for (int i = 0; i < Batch.MAX_ITEMS; i++) {
      items.add(BatchItem.toFetch(new ItemKey(id, i), "name " + i, url, NOW));
    }

    create(Batch.of(id, items, null, NOW), items, null);

    assertThat(otherItems(id)).isEqualTo(items);
    assertThat(store().hasOpenItems(id)).isTrue();
  }

  @Test
  void items_endedAtTheirSubmission_areDistinguishedFromThoseSubmittedFinal() throws Exception {
    Instant now = NOW.plusNanos(123_456);
    BatchId id = BatchId.random();
    ImageRecord image = queued();
    BatchItem ended =
        BatchItem.about(new ItemKey(id, 0), "a", image.hash(), classified(image), now);
    BatchItem open = BatchItem.about(new ItemKey(id, 1), "b", image.hash(), image, now);
    List<BatchItem> items = List.of(ended, open);
    store().create(Batch.of(id, items, null, now), items, null, now);
    Instant kept = store().item(open.key()).orElseThrow().createdAt();

    store().change(open.key(), item -> item.followed(classified(image), kept));

    assertThat(items(id)).allMatch(item -> item.status() == ItemStatus.SUCCESS);
    assertThat(otherItems(id).stream().map(item -> item.asSubmitted().status()))
        .containsExactly(ItemStatus.SUCCESS, ItemStatus.WAITING);
  }

  @ParameterizedTest
  @EnumSource
  void create_responseLost_isCreatedOnce(Lost lost) throws Exception {
    BatchId id = BatchId.random();
    List<BatchItem> items = fetching(id, 3);
    Batch batch = Batch.of(id, items, null, NOW);

    CreateBatchResult result = lost.of(faulty(), () -> store().create(batch, items, null, NOW));

    assertThat(result).isEqualTo(new CreateBatchResult.Created());
    assertThat(store().create(batch, items, null, NOW)).isEqualTo(new CreateBatchResult.Created());
    assertThat(otherItems(id)).isEqualTo(items);
  }

  /** The commit was mistaken for a duplicate, and the batch was lost. */
  @Test
  void create_withoutAKeyUnderContention_isWritten() throws Exception {
    BatchId id = BatchId.random();
    List<BatchItem> items = fetching(id, 3);
    faulty().refuseNextCommit();

    CreateBatchResult result =
        new BatchStore(faulty()).create(Batch.of(id, items, null, NOW), items, null, NOW);

    assertThat(result).isEqualTo(new CreateBatchResult.Created());
    assertThat(otherItems(id)).isEqualTo(items);
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

  @ParameterizedTest
  @EnumSource
  void create_withKeyResponseLost_isNotTakenForARepetition(Lost lost) throws Exception {
    IdempotencyKey key = key();
    BatchId id = BatchId.random();
    List<BatchItem> items = fetching(id, 2);
    Batch batch = Batch.of(id, items, null, NOW);

    CreateBatchResult result = lost.of(faulty(), () -> store().create(batch, items, key, NOW));

    assertThat(result).isEqualTo(new CreateBatchResult.Created());
    assertThat(store().create(batch, items, key, NOW)).isEqualTo(new CreateBatchResult.Created());
    assertThat(otherItems(id)).isEqualTo(items);
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
                  return either(i).create(batch, items, key, NOW);
                });

    assertThat(results).filteredOn(CreateBatchResult.Created.class::isInstance).hasSize(1);
    int winner = results.indexOf(new CreateBatchResult.Created());
    List<BatchId> losers = new ArrayList<>(ids);
    losers.remove(winner);
    assertThat(results)
        .filteredOn(result -> !(result instanceof CreateBatchResult.Created))
        .containsOnly(new CreateBatchResult.Repeated(ids.get(winner)));
    assertThat(items(ids.get(winner))).hasSize(2);
    for (BatchId loser : losers) {
      assertThat(store().find(loser)).isEmpty();
      assertThat(items(loser)).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void change_responseLost_isWrittenOnceAndRead(Lost lost) throws Exception {
    BatchItem item = createFetching(1).get(0);

    lost.of(faulty(), () -> store().change(item.key(), found -> found.failed(ERROR, LATER)));

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
                    either(i)
                        .change(
                            item.key(),
                            found ->
                                found.failed(new WorkError("CODE_" + i, "Broken.", false), LATER))
                        .orElseThrow()
                        .written());

    assertThat(written).filteredOn(wrote -> wrote).hasSize(1);
    assertThat(store().item(item.key()).orElseThrow().error())
        .isEqualTo(new WorkError("CODE_" + written.indexOf(true), "Broken.", false));
  }

  @Test
  void change_countedAtOnce_losesNone() throws Exception {
    BatchItem item = createFetching(1).get(0);

    Race.of(8, i -> () -> either(i).change(item.key(), found -> found.fetchStarted(LATER, LATER)));

    assertThat(store().item(item.key()).orElseThrow().fetches()).isEqualTo(8);
  }

  @Test
  void complete_lastItemsAtOnce_isDoneByExactlyOne() throws Exception {
    for (int round = 0; round < 20; round++) {
      List<BatchItem> items = createFetching(2);

      List<Optional<Batch>> completed =
          Race.of(
              2, i -> () -> new BatchProgress(either(i)).fail(items.get(i).key(), ERROR, LATER));

      assertThat(completed).filteredOn(Optional::isPresent).hasSize(1);
      assertThat(store().find(items.get(0).key().batch()).orElseThrow().completedAt())
          .isEqualTo(LATER);
    }
  }

  @Test
  void complete_manyItemsByMany_isDoneByExactlyOneAndNotBefore() throws Exception {
    List<BatchItem> items = createFetching(RACERS + 1);
    BatchId id = items.get(0).key().batch();

    List<Optional<Batch>> early =
        Race.of(
            RACERS, i -> () -> new BatchProgress(either(i)).fail(items.get(i).key(), ERROR, LATER));

    assertThat(early).containsOnly(Optional.empty());
    assertThat(store().find(id).orElseThrow().completedAt()).isNull();
    assertThat(new BatchProgress(store()).fail(items.get(RACERS).key(), ERROR, LATER)).isPresent();
    assertThat(new BatchProgress(otherStore()).fail(items.get(0).key(), ERROR, LATER)).isEmpty();
  }

  @Test
  void complete_crashAfterTheLastItem_isDoneByTheNextCall() throws Exception {
    BatchItem item = createFetching(1).get(0);
    store().change(item.key(), found -> found.failed(ERROR, LATER));

    assertThat(new BatchProgress(otherStore()).fail(item.key(), ERROR, LATER)).isPresent();
  }

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

  @Test
  void overdueItems_open_areFoundWhenOverdueEarliestFirst() throws Exception {
    BatchItem second = createFetching(1).get(0);
    BatchItem first = createFetching(1).get(0);
    store().change(first.key(), item -> item.fetchStarted(NOW.plusSeconds(5), NOW));
    BatchItem begun = store().item(first.key()).orElseThrow();
    BatchItem ended = createFetching(1).get(0);
    store().change(ended.key(), item -> item.failed(ERROR, LATER));
    Instant due = overdueAt(second);

    assertThat(mine(store().overdueItems(due.minusMillis(1), 5000), first, second, ended))
        .containsExactly(begun);
    assertThat(mine(otherStore().overdueItems(due, 5000), first, second, ended))
        .containsExactly(begun, second);
    assertThat(mine(store().overdueItems(MUCH_LATER, 5000), ended)).isEmpty();
    assertThat(store().overdueItems(MUCH_LATER, 1)).hasSize(1);
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
  void everyCall_withoutConflict_takesTheDocumentedStoreCalls() throws Exception {
    BatchId id = BatchId.random();
    List<BatchItem> items = fetching(id, 3);
    Batch batch = Batch.of(id, items, null, NOW);
    IdempotencyKey key = key();
    store().create(batch, items, key, NOW);
    assertCalls("commit");
    BatchId second = BatchId.random();
    List<BatchItem> others = fetching(second, 1);
    store().create(Batch.of(second, others, null, NOW), others, key, NOW);
    assertCalls("commit", "getAll");
    store().items(store().find(id).orElseThrow());
    assertCalls("get", "getAll");
    store().item(items.get(0).key());
    assertCalls("get");
    store().hasOpenItems(id);
    assertCalls("query");
    store().waitingFor(Samples.image().hash(), 10);
    assertCalls("query");
    store().change(items.get(0).key(), item -> item.failed(ERROR, LATER));
    assertCalls("get", "commit");
    store().change(id, found -> found.completed(LATER));
    assertCalls("get", "commit");
    store().overdueBatches(NOW.minus(Duration.ofDays(10_000)), 10);
    assertCalls("query");
    store().overdueItems(NOW.minus(Duration.ofDays(10_000)), 10);
    assertCalls("query");
  }

  @Test
  void queries_someDocumentsCannotBeRead_giveTheOthers() throws Exception {
    Instant longAgo = Instant.parse("1990-01-01T00:00:00Z");
    ImageHash hash = Samples.image().hash();
    for (int i = 0; i < 5; i++) {
      BatchItem bad = createdAt(longAgo.minusSeconds(1 + i), hash);
      spoil(key(bad), "status");
      spoil(key(bad.key().batch()), "total");
    }
    BatchItem good = createdAt(longAgo, hash);
    Instant due = longAgo.plusSeconds(3600);

    assertThat(store().waitingFor(hash, 2)).containsExactly(good);
    assertThat(store().overdueItems(due, 2)).containsExactly(good);
    assertThat(ids(store().overdueBatches(due, 2))).containsExactly(good.key().batch());
    remove(key(good));
    remove(key(good.key().batch()));
  }

  /** A batch of one item that waits for an image. */
  private BatchItem createdAt(Instant createdAt, ImageHash hash) throws Exception {
    BatchId id = BatchId.random();
    ImageRecord record =
        ImageRecord.queued(new ImageDescription(hash, ImageFormat.PNG, 1, 1, 1), "m", createdAt);
    BatchItem item = BatchItem.about(new ItemKey(id, 0), "name", hash, record, createdAt);
    create(Batch.of(id, List.of(item), null, createdAt), List.of(item), null);
    return item;
  }

  private static DocumentKey key(BatchId id) {
    return new DocumentKey(BatchStore.BATCHES.collection(), id.text());
  }

  private static DocumentKey key(BatchItem item) {
    return new DocumentKey(
        BatchStore.ITEMS.collection(),
        String.format("%s-%04d", item.key().batch(), item.key().index()));
  }

  private List<BatchItem> items(BatchId id) throws Exception {
    return items(store(), id);
  }

  private List<BatchItem> otherItems(BatchId id) throws Exception {
    return items(otherStore(), id);
  }

  private static List<BatchItem> items(BatchStore store, BatchId id) {
    return store.find(id).map(store::items).orElse(List.of());
  }

  private BatchStore either(int i) throws Exception {
    return i % 2 == 0 ? store() : otherStore();
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
        NOW.plusSeconds(300),
        null);
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
        status.isFinal() ? null : LATER.plusSeconds(300),
        null);
  }

  private static ImageRecord queued() {
    return ImageRecord.queued(Samples.image(), Samples.id("message"), NOW);
  }

  private static ImageRecord classified(ImageRecord queued) {
    Claim claim =
        new Claim(queued.message(), Samples.id("message"), "token", NOW, NOW.plusSeconds(150));
    ImageRecord.Decision decision = ImageRecord.decide(queued, claim);
    return ((ImageRecord.Decision.Next) decision)
        .record()
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

  /** Filters the results, because other tests may leave items in the same store. */
  private static List<BatchItem> mine(List<BatchItem> found, BatchItem... wanted) {
    List<ItemKey> keys = Arrays.stream(wanted).map(BatchItem::key).toList();
    return found.stream().filter(item -> keys.contains(item.key())).toList();
  }

  private static List<BatchId> ids(List<Batch> batches) {
    return batches.stream().map(Batch::id).toList();
  }
}
