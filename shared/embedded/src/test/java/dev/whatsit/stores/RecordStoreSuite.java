package dev.whatsit.stores;

import static dev.whatsit.contracts.Samples.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.contracts.Race;
import dev.whatsit.contracts.Samples;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.classification.Colour;
import dev.whatsit.domain.classification.DetectedObject;
import dev.whatsit.domain.classification.Extras;
import dev.whatsit.domain.classification.Landmark;
import dev.whatsit.domain.classification.RecognisedText;
import dev.whatsit.domain.classification.SafeSearch;
import dev.whatsit.domain.classification.SafeSearch.Likelihood;
import dev.whatsit.domain.classification.WebFindings;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.AdvanceResult;
import dev.whatsit.domain.record.Attempt;
import dev.whatsit.domain.record.CancelResult;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.Deferral;
import dev.whatsit.domain.record.FinishResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.RecordPage;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.RetryResult;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.Watch;
import dev.whatsit.domain.record.WorkError;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of {@link RecordStore}, on a document store. */
public abstract class RecordStoreSuite extends StoreSuite {
  /** As {@link StoreSuite}. */
  protected RecordStoreSuite(
      Supplier<DocumentStore> documents, Supplier<DocumentStore> otherDocuments) {
    super(documents, otherDocuments);
  }

  private static final int RACERS = 32;

  /** Fewer than elsewhere, because each one must write in turn. */
  private static final int ADVANCERS = 8;

  private static final Duration LEASE = Duration.ofSeconds(150);
  private static final Instant LATER = NOW.plusSeconds(10);
  private static final Instant LEASE_OVER = NOW.plus(LEASE);

  private static final Classification CLASSIFICATION =
      new Classification(
          List.of(new Annotation("Kätzchen 🐈", 0.93), new Annotation("<b>\"sofá\"</b> '\\", 1)),
          List.of(
              new DetectedObject("猫", 1.0 / 3, new DetectedObject.Box(0.1, 0.05, 0.9, 1)),
              new DetectedObject("couch", 0, new DetectedObject.Box(0, 0, 0, 0))),
          new ClassifierIdentity("onnx", "coco-ssd 1.0 – né"),
          new Extras(
              List.of(new Annotation("животное", 0.95)),
              new SafeSearch(
                  Likelihood.VERY_UNLIKELY,
                  Likelihood.UNLIKELY,
                  Likelihood.POSSIBLE,
                  Likelihood.VERY_LIKELY,
                  Likelihood.UNKNOWN),
              new RecognisedText("Straße\n通り 🐈 \"'<>&", true),
              List.of(new Colour(0, 1.0 / 3, 0), new Colour(0xffffff, 1, 0.5)),
              List.of(
                  new Landmark("Tōkyō Tower", 0.7, new Landmark.Place(35.6586, -139.7454)),
                  new Landmark("somewhere", 0.5, null)),
              List.of(),
              new WebFindings(
                  List.of("chat"),
                  List.of(new WebFindings.Entity("Katze", 12.5)),
                  List.of("https://example.org/?a=b&c=<d>"),
                  List.of())));
  private static final Outcome CLASSIFIED = new Outcome.Classified(CLASSIFICATION);
  private static final WorkError ERROR =
      new WorkError("CORRUPT_IMAGE", "Das Bild endet vor der größten Zeile.", false);
  private static final Deferral DEFERRAL = new Deferral("QUOTA_USED_UP", NOW.minusSeconds(7));

  private static final Instant DUE = NOW.plusSeconds(600);

  private RecordStore store() throws Exception {
    return new RecordStore(faulty());
  }

  private RecordStore otherStore() throws Exception {
    return new RecordStore(otherDocuments());
  }

  @ParameterizedTest
  @EnumSource(names = {"PROCESSING", "SUCCESS"})
  void find_everythingSet_isWhatWasWritten(Status status) throws Exception {
    ImageRecord record = full(status, CLASSIFICATION);

    assertThat(store().createIfAbsent(record, NOW)).isEqualTo(record);

    assertThat(store().find(record.hash(), NOW)).hasValue(record);
    assertThat(otherStore().find(record.hash(), NOW)).hasValue(record);
  }

  @Test
  void find_expired_isEmptyFromThatInstantOn() throws Exception {
    ImageRecord record = expiring(LATER);
    store().createIfAbsent(record, NOW);

    assertThat(store().find(record.hash(), LATER.minusMillis(1))).hasValue(record);
    assertThat(store().find(record.hash(), LATER)).isEmpty();
    assertThat(store().find(record.hash(), LATER.plusSeconds(1))).isEmpty();
  }

  @Test
  void findAll_someUnknownOrExpired_givesTheOthers() throws Exception {
    List<ImageRecord> there = new ArrayList<>();
    List<ImageHash> asked = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      ImageRecord record = queued();
      store().createIfAbsent(record, NOW);
      there.add(record);
      asked.add(record.hash());
    }
    asked.add(Samples.image().hash());
    ImageRecord expired = expiring(NOW);
    store().createIfAbsent(expired, NOW);
    asked.add(expired.hash());

    Map<ImageHash, ImageRecord> found = otherStore().findAll(asked, NOW);

    assertThat(found.values()).containsExactlyInAnyOrderElementsOf(there);
    assertThat(found).allSatisfy((hash, record) -> assertThat(record.hash()).isEqualTo(hash));
    assertThat(store().findAll(List.of(), NOW)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void create_responseLost_isCreatedOnce(Lost lost) throws Exception {
    ImageRecord record = queued();

    assertThat(lost.of(faulty(), () -> store().createIfAbsent(record, NOW))).isEqualTo(record);
    assertThat(store().find(record.hash(), NOW)).hasValue(record);
  }

  @Test
  void create_expiredRecordIsRemovedMeanwhile_isCreated() throws Exception {
    ImageRecord old = created(expiring(LATER));
    ImageRecord fresh = ImageRecord.queued(old.image(), Samples.id("message"), LATER);
    faulty().beforeNextCommit(interfering(() -> remove(key(old.hash()))));

    assertThat(store().createIfAbsent(fresh, LATER)).isEqualTo(fresh);
    assertThat(store().find(old.hash(), LATER)).hasValue(fresh);
  }

  @Test
  void create_manyAtOnceOverAnExpiredRecord_oneWins() throws Exception {
    ImageRecord old = expiring(LATER);
    store().createIfAbsent(old, NOW);

    List<ImageRecord> results =
        Race.of(
            RACERS,
            i ->
                () ->
                    storeOf(i)
                        .createIfAbsent(
                            ImageRecord.queued(old.image(), Samples.id("message"), LATER), LATER));

    ImageRecord stored = store().find(old.hash(), LATER).orElseThrow();
    assertThat(results).hasSize(RACERS);
    assertThat(results).containsOnly(stored);
    assertThat(stored.revision()).isEqualTo(old.revision() + 1);
  }

  @Test
  void create_raceWithTheClaimOfItsOwnMessage_leavesOneClaimedRecord() throws Exception {
    for (int round = 0; round < 10; round++) {
      ImageRecord record = queued();

      List<Object> results =
          Race.of(
              2,
              i ->
                  () ->
                      i == 0
                          ? store().createIfAbsent(record, NOW)
                          : otherStore().claim(claim(record, "token")));

      assertThat(results).hasAtLeastOneElementOfType(ClaimResult.Granted.class);
      ImageRecord stored = store().find(record.hash(), NOW).orElseThrow();
      assertThat(stored.status()).isEqualTo(Status.PROCESSING);
      assertThat(stored.attempts()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "true, REPORTED_AS_CONFLICT",
    "true, THROWN",
    "false, REPORTED_AS_CONFLICT",
    "false, THROWN"
  })
  void claim_responseLost_isGrantedAndCountedOnce(boolean isThere, Lost lost) throws Exception {
    ImageRecord waiting = queued();
    if (isThere) {
      store().createIfAbsent(waiting, NOW);
    }

    ClaimResult answer = lost.of(faulty(), () -> store().claim(claim(waiting, "token")));

    ImageRecord record = granted(answer).record();
    assertThat(record.attempts()).isEqualTo(1);
    assertThat(record.revision()).isEqualTo(isThere ? 2 : 1);
    assertThat(store().find(waiting.hash(), NOW)).hasValue(record);
  }

  @Test
  void claim_responseLostAndRecordChangedSince_isGrantedAndCanBeFinished() throws Exception {
    ImageRecord waiting = created(queued());
    faulty().reportNextCommitAsConflict();
    faulty().afterNextCommit(interfering(() -> otherStore().watch(waiting.hash(), 1, NOW)));

    ClaimResult.Granted granted = granted(store().claim(claim(waiting, "token")));

    assertThat(granted.record().attempts()).isEqualTo(1);
    assertThat(granted.record().watch()).isEqualTo(Watch.WAITING);
    assertThat(written(store().finish(granted, CLASSIFIED, LATER)).record().announceDue())
        .isPresent();
  }

  @ParameterizedTest
  @CsvSource({"true, false", "true, true", "false, true"})
  void claim_manyAtOnce_oneIsGrantedTheOthersAreHeld(boolean exists, boolean sameMessage)
      throws Exception {
    ImageRecord waiting = queued();
    if (exists) {
      store().createIfAbsent(waiting, NOW);
    }

    List<ClaimResult> results =
        Race.of(
            RACERS,
            i -> {
              String message = sameMessage ? messageOf(waiting) : Samples.id("message");
              return () -> storeOf(i).claim(claimAt(waiting, message, Samples.id("token"), NOW));
            });

    ImageRecord stored = store().find(waiting.hash(), NOW).orElseThrow();
    assertThat(stored.attempts()).isEqualTo(1);
    assertThat(results).filteredOn(r -> isGranted(r, stored)).hasSize(1);
    assertThat(results)
        .filteredOn(r -> r.equals(new ClaimResult.HeldUntil(LEASE_OVER, sameMessage)))
        .hasSize(RACERS - 1);
  }

  @ParameterizedTest
  @CsvSource({
    "SUCCESS, REPORTED_AS_CONFLICT",
    "SUCCESS, THROWN",
    "RELEASED, REPORTED_AS_CONFLICT",
    "RELEASED, THROWN",
    "DEFERRED, REPORTED_AS_CONFLICT",
    "DEFERRED, THROWN"
  })
  void end_responseLost_isWrittenOnce(Attempt.Result end, Lost lost) throws Exception {
    ClaimResult.Granted held = held("token");

    FinishResult result =
        lost.of(
            faulty(),
            () ->
                switch (end) {
                  case SUCCESS -> store().finish(held, CLASSIFIED, LATER);
                  case RELEASED -> store().release(held, LATER);
                  default -> store().defer(held, "QUOTA_USED_UP", DUE, LATER);
                });

    ImageRecord ended = written(result).record();
    assertThat(ended.history()).extracting(Attempt::result).containsExactly(end);
    assertThat(ended.revision()).isEqualTo(held.record().revision() + 1);
    assertThat(store().find(held.record().hash(), LATER)).hasValue(ended);
  }

  @Test
  void finish_responseLostAndRecordChangedSince_isWrittenOnce() throws Exception {
    ClaimResult.Granted held = held("token");
    faulty().reportNextCommitAsConflict();
    faulty().afterNextCommit(interfering(() -> otherStore().watch(held.record().hash(), 1, LATER)));

    ImageRecord done = written(store().finish(held, CLASSIFIED, LATER)).record();

    assertThat(done.status()).isEqualTo(Status.SUCCESS);
    assertThat(done.revision()).isEqualTo(held.record().revision() + 2);
    assertThat(store().find(held.record().hash(), LATER)).hasValue(done);
  }

  @Test
  void finish_resultTooLarge_endsTheWorkWithAnError() throws Exception {
    ClaimResult.Granted held = held("token");
    faulty().take();

    ImageRecord done =
        written(store().finish(held, new Outcome.Classified(ofLabels(11_000)), LATER)).record();

    assertThat(done.status()).isEqualTo(Status.ERROR);
    assertThat(done.error())
        .isEqualTo(new WorkError("RESULT_TOO_LARGE", "The result is too large to be kept.", false));
    assertThat(faulty().take()).containsExactly("commit");
    assertThat(store().find(done.hash(), LATER)).hasValue(done);
  }

  @Test
  void finishAndRelease_recordIsGone_isSuperseded() throws Exception {
    ClaimResult.Granted held = held("token");
    remove(key(held.record().hash()));

    assertThat(store().finish(held, CLASSIFIED, NOW)).isEqualTo(new FinishResult.Superseded());
    assertThat(store().release(held, NOW)).isEqualTo(new FinishResult.Superseded());
    assertThat(store().find(held.record().hash(), NOW)).isEmpty();
  }

  @Test
  void finish_afterRelease_isSuperseded() throws Exception {
    ClaimResult.Granted held = held("token");
    ImageRecord released = written(store().release(held, LATER)).record();

    assertThat(store().finish(held, CLASSIFIED, LATER)).isEqualTo(new FinishResult.Superseded());
    assertThat(store().find(held.record().hash(), LATER)).hasValue(released);
  }

  @Test
  void finish_raceWithANewClaimAfterTheLease_oneOfThemWins() throws Exception {
    for (int round = 0; round < 10; round++) {
      ClaimResult.Granted held = held("old");
      Claim newer = claimAt(held.record(), Samples.id("message"), "new", LEASE_OVER);

      List<Object> results =
          Race.of(
              2,
              i ->
                  () ->
                      i == 0
                          ? store().finish(held, CLASSIFIED, LEASE_OVER)
                          : otherStore().claim(newer));

      ImageRecord stored = store().find(held.record().hash(), LEASE_OVER).orElseThrow();
      if (results.get(0) instanceof FinishResult.Written done) {
        assertThat(stored).isEqualTo(done.record());
        assertThat(results.get(1)).isEqualTo(new ClaimResult.Finished(stored));
      } else {
        assertThat(results.get(0)).isEqualTo(new FinishResult.Superseded());
        assertThat(isGranted(results.get(1), stored)).isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void deadLettered_responseLost_isWrittenOnce(Lost lost) throws Exception {
    ImageRecord waiting = queued();
    store().createIfAbsent(waiting, NOW);

    ImageRecord given =
        written(lost.of(faulty(), () -> store().deadLettered(waiting.hash(), 1, ERROR, LATER)))
            .record();

    assertThat(given.revision()).isEqualTo(waiting.revision() + 1);
    assertThat(store().find(waiting.hash(), LATER)).hasValue(given);
  }

  @Test
  void deadLettered_again_isWrittenAlready() throws Exception {
    ImageRecord waiting = created(queued());
    FinishResult first = store().deadLettered(waiting.hash(), 1, ERROR, LATER);

    assertThat(store().deadLettered(waiting.hash(), 1, ERROR, LATER.plusSeconds(1)))
        .isEqualTo(first);
    store().retry(waiting.hash(), LATER);
    assertThat(store().deadLettered(waiting.hash(), 1, ERROR, LATER))
        .isEqualTo(new FinishResult.Superseded());
  }

  @Test
  void cancel_responseLostAndRecordChangedSince_isCanceled() throws Exception {
    ImageRecord waiting = created(queued());
    faulty().reportNextCommitAsConflict();
    faulty().afterNextCommit(interfering(() -> otherStore().watch(waiting.hash(), 1, LATER)));

    ImageRecord over = canceled(store().cancel(waiting.hash(), LATER));

    assertThat(over.status()).isEqualTo(Status.CANCELED);
    assertThat(store().find(waiting.hash(), LATER)).hasValue(over);
  }

  @Test
  void cancel_responseLostAndRunAgainSince_leavesTheLaterRunAlone() throws Exception {
    ImageRecord waiting = created(queued());
    faulty().reportNextCommitAsConflict();
    faulty().afterNextCommit(interfering(() -> otherStore().retry(waiting.hash(), LATER)));

    ImageRecord answer = canceled(store().cancel(waiting.hash(), LATER));

    assertThat(answer.run()).isEqualTo(2);
    assertThat(answer.status()).isEqualTo(Status.PENDING);
    assertThat(store().find(waiting.hash(), LATER)).hasValue(answer);
  }

  @Test
  void cancel_finishedAndRunAgainMeanwhile_leavesTheLaterRunAlone() throws Exception {
    ClaimResult.Granted held = held("token");
    faulty()
        .beforeNextCommit(
            interfering(
                () -> {
                  otherStore().finish(held, CLASSIFIED, LATER);
                  otherStore().retry(held.record().hash(), LATER);
                }));

    store().cancel(held.record().hash(), LATER);

    ImageRecord record = store().find(held.record().hash(), LATER).orElseThrow();
    assertThat(record.run()).isEqualTo(2);
    assertThat(record.status()).isEqualTo(Status.PENDING);
    assertThat(record.cancelRequested()).isFalse();
  }

  @Test
  void cancel_requestedAndLeaseEnded_nextClaimCancels() throws Exception {
    ClaimResult.Granted held = held("token");
    store().cancel(held.record().hash(), LATER);

    ClaimResult next =
        store()
            .claim(
                claimAt(held.record(), messageOf(held.record()), Samples.id("token"), LEASE_OVER));

    ImageRecord over = store().find(held.record().hash(), LEASE_OVER).orElseThrow();
    assertThat(over.status()).isEqualTo(Status.CANCELED);
    assertThat(next).isEqualTo(new ClaimResult.CancelRequested(over));
  }

  @Test
  void cancel_againstAClaim_onlyOneComesFirst() throws Exception {
    for (int i = 0; i < 20; i++) {
      ImageRecord waiting = queued();
      store().createIfAbsent(waiting, NOW);

      List<Object> results =
          Race.of(
              2,
              racer ->
                  () ->
                      racer == 0
                          ? store().cancel(waiting.hash(), NOW)
                          : otherStore().claim(claim(waiting, "token")));

      ImageRecord record = store().find(waiting.hash(), NOW).orElseThrow();
      assertThat(results)
          .containsExactlyInAnyOrderElementsOf(
              record.status() == Status.CANCELED
                  ? List.of(new CancelResult.Canceled(record), new ClaimResult.Finished(record))
                  : List.of(
                      new CancelResult.Requested(record),
                      results.stream()
                          .filter(ClaimResult.Granted.class::isInstance)
                          .findFirst()
                          .orElseThrow()));
    }
  }

  @Test
  void cancel_againstTheFinish_theResultIsKeptEitherWay() throws Exception {
    for (int i = 0; i < 20; i++) {
      ClaimResult.Granted held = held("token");

      List<Object> results =
          Race.of(
              2,
              racer ->
                  () ->
                      racer == 0
                          ? store().cancel(held.record().hash(), LATER)
                          : otherStore().finish(held, CLASSIFIED, LATER));

      ImageRecord record = store().find(held.record().hash(), LATER).orElseThrow();
      assertThat(record.status()).isEqualTo(Status.SUCCESS);
      assertThat(results).contains(new FinishResult.Written(record));
      boolean asked = results.stream().anyMatch(CancelResult.Requested.class::isInstance);
      assertThat(record.cancelRequested()).isEqualTo(asked);
      assertThat(asked || results.contains(new CancelResult.AlreadyFinal(record))).isTrue();
    }
  }

  private static ImageRecord canceled(CancelResult result) {
    assertThat(result).isInstanceOf(CancelResult.Canceled.class);
    return ((CancelResult.Canceled) result).record();
  }

  @Test
  void announced_subscriberAddedMeanwhile_writesNothing() throws Exception {
    ImageRecord ended = canceled(store().cancel(watched().hash(), LATER));
    ImageRecord again = store().watch(ended.hash(), 1, LATER).orElseThrow();

    store().announced(ended, LATER);

    assertThat(store().find(ended.hash(), LATER)).hasValue(again);
    assertToBeAnnounced(again);
  }

  @Test
  void watchCurrentRun_anyRun_isFinalOrMarksTheCurrentOne() throws Exception {
    ImageRecord waiting = created(queued());
    ImageRecord ended = created(full(Status.SUCCESS, CLASSIFICATION));
    ImageRecord second = retried();

    assertThat(store().watchCurrentRun(waiting.hash(), LATER)).isEqualTo(waiting.watched(1, LATER));
    assertThat(store().watchCurrentRun(ended.hash(), LATER)).hasValue(ended);
    assertThat(store().watchCurrentRun(second.hash(), LATER))
        .isEqualTo(second.watched(second.run(), LATER));
    assertThat(store().watchCurrentRun(Samples.image().hash(), LATER)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void watchCurrentRun_responseLost_isWrittenOnce(Lost lost) throws Exception {
    ImageRecord waiting = created(queued());

    ImageRecord watched =
        lost.of(faulty(), () -> store().watchCurrentRun(waiting.hash(), LATER)).orElseThrow();

    assertThat(watched.watch()).isEqualTo(Watch.WAITING);
    assertThat(watched.revision()).isEqualTo(waiting.revision() + 1);
  }

  @Test
  void watch_againstTheFinish_theEndIsAnnouncedEitherWay() throws Exception {
    for (int round = 0; round < RACERS; round++) {
      ClaimResult.Granted held = held("token");

      Race.of(
          2,
          racer ->
              () -> {
                if (racer == 0) {
                  written(storeOf(racer).finish(held, CLASSIFIED, LATER));
                } else {
                  storeOf(racer).watch(held.record().hash(), 1, LATER);
                }
                return racer;
              });

      assertToBeAnnounced(store().find(held.record().hash(), LATER).orElseThrow());
    }
  }

  private void assertToBeAnnounced(ImageRecord ended) throws Exception {
    assertThat(ended.status().isFinal()).isTrue();
    assertThat(ended.announceDue()).hasValue(LATER.plus(Watch.ANNOUNCED_WITHIN));
    assertThat(store().find(ended.hash(), LATER)).hasValue(ended);
    assertFoundFrom(ended.hash(), LATER.plus(Watch.ANNOUNCED_WITHIN));
  }

  /** A queued record with a subscriber. */
  private ImageRecord watched() throws Exception {
    ImageRecord waiting = queued();
    store().createIfAbsent(waiting, NOW);
    return store().watch(waiting.hash(), 1, NOW).orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 60})
  void advance_responseLost_isWrittenOnce(long seconds) throws Exception {
    ImageRecord scheduled = created(scheduled());
    Instant due = LATER.plusSeconds(seconds);

    faulty().reportNextCommitAsConflict();

    AdvanceResult answer = store().advance(scheduled.hash(), due, LATER);

    assertThat(advanced(answer).revision()).isEqualTo(scheduled.revision() + 1);
    assertThat(store().find(scheduled.hash(), LATER)).hasValue(advanced(answer));
  }

  @Test
  void advance_manyAtOnce_theEarliestHolds() throws Exception {
    ImageRecord scheduled = created(scheduled());

    List<AdvanceResult> results =
        Race.of(
            ADVANCERS,
            i ->
                () ->
                    storeOf(i)
                        .advance(scheduled.hash(), DUE.minusSeconds(1 + (i * 3) % ADVANCERS), NOW));

    ImageRecord stored = store().find(scheduled.hash(), NOW).orElseThrow();
    assertThat(stored.dueAt()).isEqualTo(DUE.minusSeconds(ADVANCERS));
    assertThat(stored.status()).isEqualTo(Status.SCHEDULED);
    long written =
        results.stream().filter(result -> result instanceof AdvanceResult.Advanced).count();
    assertThat(written).isBetween(1L, (long) ADVANCERS);
    assertThat(stored.revision()).isEqualTo(scheduled.revision() + written);
  }

  @Test
  void advance_againstCancel_itIsCanceledEitherWay() throws Exception {
    for (int i = 0; i < 10; i++) {
      ImageRecord scheduled = created(scheduled());

      List<Object> results =
          Race.of(
              2,
              racer ->
                  () ->
                      racer == 0
                          ? store().cancel(scheduled.hash(), NOW)
                          : otherStore().advance(scheduled.hash(), NOW, NOW));

      ImageRecord stored = store().find(scheduled.hash(), NOW).orElseThrow();
      assertThat(stored.status()).isEqualTo(Status.CANCELED);
      assertThat(results).contains(new CancelResult.Canceled(stored));
    }
  }

  @Test
  void advance_againstTheClaimOfItsMessage_isClaimedOnce() throws Exception {
    for (int i = 0; i < 10; i++) {
      ImageRecord scheduled = created(scheduled());

      List<Object> results =
          Race.of(
              2,
              racer ->
                  () ->
                      racer == 0
                          ? store().advance(scheduled.hash(), DUE.minusMillis(1), DUE)
                          : otherStore().claim(claimAt(scheduled, "m", "token", DUE)));

      ImageRecord stored = store().find(scheduled.hash(), DUE).orElseThrow();
      assertThat(results).filteredOn(r -> isGranted(r, stored)).hasSize(1);
      assertThat(stored.attempts()).isEqualTo(1);
    }
  }

  @Test
  void history_moreThanAreKept_forgetsTheOldest() throws Exception {
    ImageRecord waiting = created(queued());
    for (int i = 0; i < Attempt.MAX_KEPT + 2; i++) {
      Instant now = NOW.plusSeconds(i);
      ClaimResult.Granted held = granted(store().claim(claimAt(waiting, "m", "token" + i, now)));
      store().release(held, now.plusMillis(5));
    }

    ImageRecord record = store().find(waiting.hash(), NOW).orElseThrow();

    assertThat(record.history())
        .hasSize(Attempt.MAX_KEPT)
        .extracting(Attempt::number)
        .startsWith(3)
        .endsWith(Attempt.MAX_KEPT + 2);
  }

  @Test
  void overdue_eachKindOfStalledWork_isFoundFromItsInstantOn() throws Exception {
    ImageRecord queued = queued();
    store().createIfAbsent(queued, NOW);
    ImageRecord pending = retried();
    ClaimResult.Granted held = held("token");
    ClaimResult.Granted deferred = held("token");
    written(store().defer(deferred, "QUOTA_USED_UP", DUE, LATER));

    assertFoundFrom(pending.hash(), NOW.plusSeconds(60));
    assertFoundFrom(deferred.record().hash(), DUE);
    assertFoundFrom(held.record().hash(), LEASE_OVER.plusSeconds(300));
    assertFoundFrom(queued.hash(), NOW.plusSeconds(3600));
  }

  @Test
  void requeued_changedMeanwhile_writesNothing() throws Exception {
    ClaimResult.Granted held = held("old");
    Instant now = LEASE_OVER.plusSeconds(300);
    ImageRecord newer =
        granted(store().claim(claimAt(held.record(), Samples.id("message"), "new", now))).record();

    assertThat(store().requeued(held.record(), "fresh", now)).isFalse();

    assertThat(store().find(held.record().hash(), now)).hasValue(newer);
  }

  @Test
  void list_sameInstant_givesEachOnce() throws Exception {
    List<ImageHash> made = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      made.add(created(Status.QUEUED, NOW).hash());
    }

    assertThat(all(Status.QUEUED, 2, NOW).stream().map(ImageRecord::hash))
        .containsAll(made)
        .doesNotHaveDuplicates();
  }

  @Test
  void list_expired_isNotGiven() throws Exception {
    ImageRecord record = expiring(LATER);
    store().createIfAbsent(record, NOW);

    assertThat(all(null, 50, LATER.minusMillis(1))).contains(record);
    assertThat(all(null, 50, LATER)).doesNotContain(record);
  }

  @Test
  void retry_lastRunThatCanBeCounted_writesNothing() throws Exception {
    ImageDescription image = Samples.image();
    WorkMessage last = new WorkMessage(image, Integer.MAX_VALUE, NOW);
    store().finish(granted(store().claim(new Claim(last, "m", "t", NOW, LATER))), CLASSIFIED, NOW);
    ImageRecord record = store().find(image.hash(), NOW).orElseThrow();

    assertThat(store().retry(image.hash(), LATER)).isEqualTo(new RetryResult.OutOfRuns(record));
    assertThat(store().find(image.hash(), LATER)).hasValue(record);
  }

  @Test
  void retry_manyAtOnce_oneStartsTheRun() throws Exception {
    ImageRecord record = full(Status.ERROR, null);
    store().createIfAbsent(record, NOW);

    List<RetryResult> results = Race.of(16, i -> () -> storeOf(i).retry(record.hash(), LATER));

    ImageRecord stored = store().find(record.hash(), LATER).orElseThrow();
    assertThat(stored.run()).isEqualTo(record.run() + 1);
    // A caller that read the record before the run began has requested that same run.
    assertThat(results)
        .hasSize(16)
        .contains(new RetryResult.Started(stored))
        .allMatch(
            result ->
                result.equals(new RetryResult.Started(stored))
                    || result.equals(new RetryResult.UnderWay(stored)));
  }

  @Test
  void retry_responseLostAndThatRunHasEndedSince_startsNoOther() throws Exception {
    ImageRecord record = created(full(Status.ERROR, null));
    faulty().reportNextCommitAsConflict();
    faulty()
        .afterNextCommit(
            interfering(
                () -> otherStore().deadLettered(record.hash(), record.run() + 1, ERROR, LATER)));

    RetryResult answer = store().retry(record.hash(), LATER);

    ImageRecord ended = store().find(record.hash(), LATER).orElseThrow();
    assertThat(ended.run()).isEqualTo(record.run() + 1);
    assertThat(ended.status()).isEqualTo(Status.ERROR);
    assertThat(answer).isEqualTo(new RetryResult.Started(ended));
  }

  @Test
  void confirmQueued_raceWithTheClaim_leavesTheClaim() throws Exception {
    for (int round = 0; round < 10; round++) {
      ImageRecord started = retried();
      WorkMessage message = new WorkMessage(started.image(), started.run(), NOW);
      Claim claim = new Claim(message, "message-2", "fast", LATER, LEASE_OVER);

      List<Boolean> granted =
          Race.of(
              2,
              i ->
                  () -> {
                    if (i == 0) {
                      store().confirmQueued(started.hash(), started.run(), "message-2", LATER);
                      return false;
                    }
                    return otherStore().claim(claim) instanceof ClaimResult.Granted;
                  });

      assertThat(granted).containsExactly(false, true);
      ImageRecord stored = store().find(started.hash(), LATER).orElseThrow();
      assertThat(stored.status()).isEqualTo(Status.PROCESSING);
      assertThat(stored.attempts()).isEqualTo(1);
    }
  }

  @Test
  void everyWrite_ofExpiredRecords_findsNothing() throws Exception {
    ImageRecord old = created(expiring(LATER));

    assertThat(store().deadLettered(old.hash(), old.run(), ERROR, LATER))
        .isEqualTo(new FinishResult.Superseded());
    assertThat(store().cancel(old.hash(), LATER)).isEqualTo(new CancelResult.Absent());
    assertThat(store().advance(old.hash(), LATER, LATER)).isEqualTo(new AdvanceResult.Absent());
    assertThat(store().watch(old.hash(), old.run(), LATER)).isEmpty();
    assertThat(store().retry(old.hash(), LATER)).isEqualTo(new RetryResult.Absent());
    store().confirmQueued(old.hash(), old.run(), "message", LATER);
    assertThat(store().find(old.hash(), LATER)).isEmpty();
    assertThat(store().find(old.hash(), NOW)).hasValue(old);
  }

  @Test
  void everyCall_withoutConflict_takesTheDocumentedStoreCalls() throws Exception {
    ImageRecord record = queued();
    ImageHash hash = record.hash();
    Instant dayAfter = NOW.plus(Duration.ofDays(1));
    store().find(hash, NOW);
    assertCalls("get");
    store().createIfAbsent(record, NOW);
    assertCalls("commit");
    store().createIfAbsent(record, NOW);
    assertCalls("commit", "get");
    ClaimResult.Granted one = granted(store().claim(claim(record, "one")));
    assertCalls("get", "commit");
    store().defer(one, "QUOTA_USED_UP", LATER, NOW);
    assertCalls("commit");
    ClaimResult.Granted two = granted(store().claim(claimAt(record, "m", "two", LATER)));
    assertCalls("get", "commit");
    store().release(two, LATER);
    assertCalls("commit");
    ClaimResult.Granted three = granted(store().claim(claimAt(record, "m", "three", LATER)));
    assertCalls("get", "commit");
    store().watch(hash, 1, LATER);
    assertCalls("get", "commit");
    store().watch(hash, 1, LATER);
    assertCalls("get");
    store().watchCurrentRun(hash, LATER);
    assertCalls("get");
    store().finish(three, CLASSIFIED, LATER);
    // A subscriber was added after the claim.
    assertCalls("commit", "get", "commit");
    store().announced(store().find(hash, LATER).orElseThrow(), LATER);
    assertCalls("get", "get", "commit");
    store().retry(hash, LATER);
    assertCalls("get", "commit");
    store().confirmQueued(hash, 2, "again", LATER);
    assertCalls("get", "commit");
    store().requeued(store().find(hash, LATER).orElseThrow(), "fresh", dayAfter);
    assertCalls("get", "get", "commit");
    store().deadLettered(hash, 2, ERROR, dayAfter);
    assertCalls("get", "commit");
    store().list(Status.ERROR, null, 1, NOW);
    assertCalls("query");
    store().overdue(NOW.minus(Duration.ofDays(10_000)), 10);
    assertCalls("query");
    ClaimResult.Granted held = held("four");
    faulty().take();
    store().finish(held, CLASSIFIED, NOW);
    assertCalls("commit");
  }

  @Test
  void everyUpdate_fieldsOfALaterVersion_areKept() throws Exception {
    ImageRecord record = created(queued());
    ImageHash hash = record.hash();
    DocumentKey key = key(hash);
    ClaimResult.Granted[] held = new ClaimResult.Granted[1];
    assertKeepsUnknown(key, () -> store().watch(hash, 1, NOW));
    assertKeepsUnknown(key, () -> held[0] = granted(store().claim(claim(record, "one"))));
    assertKeepsUnknown(key, () -> store().release(held[0], NOW));
    assertKeepsUnknown(key, () -> held[0] = granted(store().claim(claim(record, "two"))));
    assertKeepsUnknown(key, () -> store().defer(held[0], "QUOTA_USED_UP", NOW, NOW));
    assertKeepsUnknown(key, () -> held[0] = granted(store().claim(claim(record, "three"))));
    assertKeepsUnknown(key, () -> store().finish(held[0], CLASSIFIED, NOW));
    ImageRecord ended = store().find(hash, NOW).orElseThrow();
    assertKeepsUnknown(
        key,
        () -> {
          store().announced(ended, NOW);
          return ended;
        });
    assertKeepsUnknown(key, () -> store().retry(hash, NOW));
    assertKeepsUnknown(
        key,
        () -> {
          store().confirmQueued(hash, 2, "again", NOW);
          return ended;
        });
    ImageRecord queued = store().find(hash, NOW).orElseThrow();
    Instant later = NOW.plus(Duration.ofDays(1));
    assertKeepsUnknown(key, () -> store().requeued(queued, "fresh", later));
    assertKeepsUnknown(key, () -> store().deadLettered(hash, 2, ERROR, later));
    store().retry(hash, NOW);
    assertKeepsUnknown(key, () -> store().cancel(hash, NOW));
    assertThat(stored(key).fields().has("lease_until")).isFalse();
    ImageRecord scheduled = created(scheduled());
    assertKeepsUnknown(key(scheduled.hash()), () -> store().advance(scheduled.hash(), LATER, NOW));
  }

  @Test
  void createAndClaim_overAnExpiredRecord_keepNothingOfIt() throws Exception {
    ImageRecord one = created(expiring(LATER));
    ImageRecord two = created(expiring(LATER));
    for (ImageRecord each : List.of(one, two)) {
      edit(key(each.hash()), fields -> fields.addProperty("of_a_later_version", "not kept"));
    }

    store().createIfAbsent(ImageRecord.queued(one.image(), "message", LATER), LATER);
    store().claim(claimAt(two, "message", "token", LATER));

    for (ImageRecord each : List.of(one, two)) {
      assertThat(stored(key(each.hash())).fields().keySet())
          .doesNotContain("of_a_later_version", "expire_at", "classification");
    }
  }

  @Test
  void everyCall_recordThatCannotBeRead_failsAndNamesIt() throws Exception {
    ClaimResult.Granted held = held("token");
    ImageHash hash = held.record().hash();
    spoil(key(hash), "status");
    List<Callable<?>> calls =
        List.of(
            () -> store().find(hash, NOW),
            () -> store().findAll(List.of(hash), NOW),
            () -> store().createIfAbsent(held.record(), NOW),
            () -> store().claim(claim(held.record(), "other")),
            () -> store().finish(held, CLASSIFIED, NOW),
            () -> store().cancel(hash, NOW),
            () -> store().retry(hash, NOW));

    for (Callable<?> call : calls) {
      assertThatThrownBy(call::call)
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("images/" + hash)
          .hasMessageContaining("status: unknown value of_a_later_version");
    }
  }

  @Test
  void overdueAndList_someRecordsCannotBeRead_giveTheOthers() throws Exception {
    // More overdue (longAgo) and newer (farAhead) than all records that other tests leave in the
    // same store.
    Instant longAgo = Instant.parse("1990-01-01T00:00:00Z");
    Instant farAhead = Instant.parse("2090-01-01T00:00:00Z");
    for (int i = 0; i < 5; i++) {
      spoil(key(created(createdAt(longAgo.minusSeconds(10 + i))).hash()), "status");
      spoil(key(created(createdAt(farAhead.plusSeconds(10 + i))).hash()), "status");
    }
    ImageRecord overdue = created(createdAt(longAgo));
    ImageRecord newest = created(createdAt(farAhead));

    assertThat(store().overdue(longAgo.plus(Duration.ofHours(1)), 2)).containsExactly(overdue);
    assertThat(store().list(null, null, 1, NOW).records()).containsExactly(newest);
    remove(key(overdue.hash()));
    remove(key(newest.hash()));
  }

  @Test
  void claim_nanoseconds_givesWhatIsStored() throws Exception {
    ImageRecord record = created(queued());

    ImageRecord granted =
        granted(store().claim(claimAt(record, "m", "token", NOW.plusNanos(999_999)))).record();

    assertThat(granted.updatedAt()).isEqualTo(NOW);
    assertThat(granted.leaseUntil()).isEqualTo(NOW.plus(LEASE));
    assertThat(store().find(record.hash(), NOW)).hasValue(granted);
  }

  @Test
  void releaseAll_claimedWork_isQueuedAgainWithItsAttemptCounted() throws Exception {
    ImageRecord one = held("one").record();
    ImageRecord two = held("two").record();
    ImageRecord waiting = created(queued());

    store().releaseAll(LATER);

    for (ImageRecord each : List.of(one, two)) {
      ImageRecord released = store().find(each.hash(), LATER).orElseThrow();
      assertThat(released.status()).isEqualTo(Status.QUEUED);
      assertThat(released.attempts()).isEqualTo(1);
    }
    assertThat(store().find(waiting.hash(), LATER)).hasValue(waiting);
  }

  private ImageRecord createdAt(Instant instant) {
    return ImageRecord.queued(Samples.image(), Samples.id("message"), instant);
  }

  private Classification ofLabels(int labels) {
    // Each takes 96 bytes.
    Annotation label = new Annotation("é".repeat(34), 1.0 / 3);
    return new Classification(
        Collections.nCopies(labels, label), List.of(), CLASSIFICATION.classifier());
  }

  private static DocumentKey key(ImageHash hash) {
    return new DocumentKey(RecordStore.CODEC.collection(), hash.hex());
  }

  private RecordStore storeOf(int racer) throws Exception {
    return racer % 2 == 0 ? store() : otherStore();
  }

  private void assertFoundFrom(ImageHash hash, Instant instant) throws Exception {
    assertThat(overdue(instant.minusMillis(1))).doesNotContain(hash);
    assertThat(overdue(instant)).contains(hash);
  }

  private List<ImageHash> overdue(Instant now) throws Exception {
    return store().overdue(now, 1000).stream().map(ImageRecord::hash).toList();
  }

  private ImageRecord created(Status status, Instant createdAt) throws Exception {
    ImageRecord full = full(status, CLASSIFICATION);
    ImageRecord record = full.toBuilder().cancelRequested(false).createdAt(createdAt).build();
    store().createIfAbsent(record, NOW);
    return record;
  }

  /** All pages together. */
  private List<ImageRecord> all(@Nullable Status status, int limit, Instant now) throws Exception {
    List<ImageRecord> found = new ArrayList<>();
    RecordPage page = store().list(status, null, limit, now);
    while (true) {
      assertThat(page.records()).hasSizeLessThanOrEqualTo(limit);
      found.addAll(page.records());
      RecordPage.Position next = page.next();
      if (next == null) {
        return found;
      }
      page = store().list(status, next, limit, now);
    }
  }

  /** A record that was claimed at {@code NOW} with this token. */
  private ClaimResult.Granted held(String token) throws Exception {
    return granted(store().claim(claim(created(queued()), token)));
  }

  private static boolean isGranted(Object result, ImageRecord record) {
    return result instanceof ClaimResult.Granted granted && granted.record().equals(record);
  }

  /** A record in its second run or later. */
  private ImageRecord retried() throws Exception {
    ImageRecord record = full(Status.ERROR, null);
    store().createIfAbsent(record, NOW);
    return ((RetryResult.Started) store().retry(record.hash(), NOW)).record();
  }

  private ImageRecord created(ImageRecord record) throws Exception {
    store().createIfAbsent(record, NOW);
    return record;
  }

  private static ImageRecord scheduled() {
    return ImageRecord.scheduled(Samples.image(), DUE, NOW);
  }

  private static ImageRecord advanced(AdvanceResult result) {
    assertThat(result).isInstanceOf(AdvanceResult.Advanced.class);
    return ((AdvanceResult.Advanced) result).record();
  }

  private static ImageRecord queued() {
    return ImageRecord.queued(Samples.image(), Samples.id("message"), NOW);
  }

  private static Claim claim(ImageRecord record, String token) {
    return claimAt(record, messageOf(record), token, NOW);
  }

  private static Claim claimAt(ImageRecord record, String messageId, String token, Instant now) {
    WorkMessage message = new WorkMessage(record.image(), record.run(), record.createdAt());
    return new Claim(message, messageId, token, now, now.plus(LEASE));
  }

  private static String messageOf(ImageRecord record) {
    String messageId = record.messageId();
    return messageId == null ? "none" : messageId;
  }

  private static ClaimResult.Granted granted(ClaimResult result) {
    assertThat(result).isInstanceOf(ClaimResult.Granted.class);
    return (ClaimResult.Granted) result;
  }

  private static FinishResult.Written written(FinishResult result) {
    assertThat(result).isInstanceOf(FinishResult.Written.class);
    return (FinishResult.Written) result;
  }

  /** A final record that expires at an instant. */
  static ImageRecord expiring(Instant expireAt) {
    ImageRecord full = full(Status.SUCCESS, CLASSIFICATION);
    return full.toBuilder()
        .leaseUntil(null)
        .cancelRequested(false)
        .dueAt(null)
        .deferral(null)
        .error(null)
        .expireAt(expireAt)
        .build();
  }

  private static ImageRecord full(Status status, @Nullable Classification classification) {
    return full(status, classification, true, NOW.plusSeconds(3600));
  }

  private static ImageRecord full(
      Status status,
      @Nullable Classification classification,
      boolean cancelRequested,
      @Nullable Instant dueAt) {
    return ImageRecord.builder(Samples.image(), NOW.minusSeconds(60))
        .run(3)
        .status(status)
        .attempts(2)
        .messageId(Samples.id("message"))
        .token(Samples.id("token"))
        .leaseUntil(status == Status.PROCESSING ? LEASE_OVER : null)
        .cancelRequested(cancelRequested)
        .dueAt(dueAt)
        .deferral(dueAt == null || status.isFinal() ? null : DEFERRAL)
        .classification(status == Status.SUCCESS ? classification : null)
        .error(status == Status.ERROR ? ERROR : null)
        .updatedAt(NOW)
        .expireAt(status.isFinal() ? NOW.plus(Duration.ofDays(30)) : null)
        .revision(17)
        .build();
  }
}
