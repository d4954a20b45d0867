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
import dev.whatsit.domain.document.DocumentSize;
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
import java.util.Comparator;
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
  private static final Classification NOTHING_SEEN =
      new Classification(List.of(), List.of(), new ClassifierIdentity("onnx", "none"));
  private static final Outcome CLASSIFIED = new Outcome.Classified(CLASSIFICATION);
  private static final WorkError ERROR =
      new WorkError("CORRUPT_IMAGE", "Das Bild endet vor der größten Zeile.", false);
  private static final WorkError OTHER_ERROR = new WorkError("GIVEN_UP", "It never ended.", true);
  private static final Deferral DEFERRAL = new Deferral("QUOTA_USED_UP", NOW.minusSeconds(7));
  private static final Outcome FAILED = new Outcome.Failed(ERROR);

  private static final Instant DUE = NOW.plusSeconds(600);
  private static final Comparator<ImageRecord> NEWEST_FIRST =
      Comparator.comparing(ImageRecord::createdAt)
          .thenComparing(record -> record.hash().hex())
          .reversed();

  private RecordStore store() throws Exception {
    return new RecordStore(faulty());
  }

  private RecordStore otherStore() throws Exception {
    return new RecordStore(otherDocuments());
  }

  // Find.

  @Test
  void find_unknownHash_isEmpty() throws Exception {
    assertThat(store().find(Samples.image().hash(), NOW)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Status.class)
  void find_everythingSet_isWhatWasWritten(Status status) throws Exception {
    ImageRecord record = full(status, CLASSIFICATION);

    assertThat(store().createIfAbsent(record, NOW)).isEqualTo(record);

    assertThat(store().find(record.hash(), NOW)).hasValue(record);
    assertThat(otherStore().find(record.hash(), NOW)).hasValue(record);
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.class,
      names = {"PROCESSING"},
      mode = EnumSource.Mode.EXCLUDE)
  void find_nothingOptionalSet_isWhatWasWritten(Status status) throws Exception {
    ImageRecord record =
        ImageRecord.builder(Samples.image(), NOW)
            .status(status)
            .classification(status == Status.SUCCESS ? NOTHING_SEEN : null)
            .error(status == Status.ERROR ? ERROR : null)
            .build();
    store().createIfAbsent(record, NOW);

    assertThat(store().find(record.hash(), NOW)).hasValue(record);
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

  // Create.

  @Test
  void create_otherMessage_getsTheRecordItLostTo() throws Exception {
    ImageRecord record = queued();
    store().createIfAbsent(record, NOW);
    ImageRecord second = ImageRecord.queued(record.image(), Samples.id("message"), LATER);

    assertThat(store().createIfAbsent(second, LATER)).isEqualTo(record);
    assertThat(store().find(record.hash(), LATER)).hasValue(record);
  }

  @Test
  void create_overAnExpiredRecord_isCreatedAndTheRevisionGoesOn() throws Exception {
    ImageRecord old = expiring(LATER);
    store().createIfAbsent(old, NOW);
    ImageRecord fresh = ImageRecord.queued(old.image(), Samples.id("message"), LATER);

    ImageRecord created = store().createIfAbsent(fresh, LATER);

    assertThat(created).isEqualTo(fresh.replacing(old));
    assertThat(created.revision()).isEqualTo(old.revision() + 1);
    assertThat(store().find(old.hash(), LATER)).hasValue(created);
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
    ImageRecord old = expiring(LATER);
    store().createIfAbsent(old, NOW);
    ImageRecord fresh = ImageRecord.queued(old.image(), Samples.id("message"), LATER);
    faulty().beforeNextCommit(interfering(() -> remove(key(old.hash()))));

    assertThat(store().createIfAbsent(fresh, LATER)).isEqualTo(fresh);
    assertThat(store().find(old.hash(), LATER)).hasValue(fresh);
  }

  @Test
  void create_manyAtOnce_oneWinsAndAllGetItsRecord() throws Exception {
    ImageDescription image = Samples.image();

    List<ImageRecord> results =
        Race.of(
            RACERS,
            i ->
                () ->
                    storeOf(i)
                        .createIfAbsent(
                            ImageRecord.queued(image, Samples.id("message"), NOW), NOW));

    ImageRecord stored = store().find(image.hash(), NOW).orElseThrow();
    assertThat(results).hasSize(RACERS);
    assertThat(results).containsOnly(stored);
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

  // Claim.

  @Test
  void claim_noRecord_createsIt() throws Exception {
    WorkMessage message = Samples.message(Samples.image());
    Claim claim = new Claim(message, Samples.id("message"), "token", LATER, LEASE_OVER);

    ImageRecord record = granted(store().claim(claim)).record();

    assertThat(record.image()).isEqualTo(message.image());
    assertThat(record.status()).isEqualTo(Status.PROCESSING);
    assertThat(record.attempts()).isEqualTo(1);
    assertThat(record.token()).isEqualTo("token");
    assertThat(record.leaseUntil()).isEqualTo(LEASE_OVER);
    assertThat(record.createdAt()).isEqualTo(message.submittedAt());
    assertThat(store().find(message.image().hash(), LATER)).hasValue(record);
  }

  @Test
  void claim_expiredRecord_createsAFreshOne() throws Exception {
    ImageRecord old = expiring(LATER);
    store().createIfAbsent(old, NOW);

    ImageRecord record =
        granted(store().claim(claimAt(old, Samples.id("message"), "new", LATER))).record();

    assertThat(record.attempts()).isEqualTo(1);
    assertThat(record.classification()).isNull();
    assertThat(record.revision()).isEqualTo(old.revision() + 1);
    assertThat(store().find(old.hash(), LATER)).hasValue(record);
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.class,
      names = {"PENDING", "QUEUED"})
  void claim_waiting_isGrantedAndCounted(Status status) throws Exception {
    ImageRecord waiting = full(status, null, false, null);
    store().createIfAbsent(waiting, NOW);

    ImageRecord record = granted(store().claim(claim(waiting, "new"))).record();

    assertThat(record.status()).isEqualTo(Status.PROCESSING);
    assertThat(record.attempts()).isEqualTo(waiting.attempts() + 1);
    assertThat(record.revision()).isEqualTo(waiting.revision() + 1);
    assertThat(store().find(waiting.hash(), NOW)).hasValue(record);
  }

  @Test
  void claim_sameTokenAgain_isGrantedAndCountedOnce() throws Exception {
    ImageRecord waiting = queued();
    store().createIfAbsent(waiting, NOW);
    Claim claim = claim(waiting, "token");
    ClaimResult first = store().claim(claim);

    assertThat(granted(store().claim(claim)).record()).isEqualTo(granted(first).record());
    assertThat(store().find(waiting.hash(), NOW)).hasValue(granted(first).record());
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

  @Test
  void claim_duplicateDeliveryOfTheSameMessage_isHeldBySameAndNotCounted() throws Exception {
    ImageRecord waiting = queued();
    store().createIfAbsent(waiting, NOW);
    ImageRecord held = granted(store().claim(claim(waiting, "first"))).record();

    assertThat(store().claim(claimAt(waiting, messageOf(waiting), "second", LATER)))
        .isEqualTo(new ClaimResult.HeldUntil(LEASE_OVER, true));
    assertThat(store().find(waiting.hash(), LATER)).hasValue(held);
  }

  @Test
  void claim_otherMessageDuringProcessing_isHeldByOtherAndNotCounted() throws Exception {
    ImageRecord waiting = queued();
    store().createIfAbsent(waiting, NOW);
    ImageRecord held = granted(store().claim(claim(waiting, "first"))).record();

    assertThat(store().claim(claimAt(waiting, Samples.id("message"), "second", LATER)))
        .isEqualTo(new ClaimResult.HeldUntil(LEASE_OVER, false));
    assertThat(store().find(waiting.hash(), LATER)).hasValue(held);
  }

  @Test
  void claim_leaseEnded_isGrantedAndCounted() throws Exception {
    ImageRecord waiting = queued();
    store().createIfAbsent(waiting, NOW);
    store().claim(claim(waiting, "first"));
    String other = Samples.id("message");

    ImageRecord record =
        granted(store().claim(claimAt(waiting, other, "second", LEASE_OVER))).record();

    assertThat(record.attempts()).isEqualTo(2);
    assertThat(record.token()).isEqualTo("second");
    assertThat(record.messageId()).isEqualTo(other);
    assertThat(record.leaseUntil()).isEqualTo(LEASE_OVER.plus(LEASE));
    assertThat(store().find(waiting.hash(), LEASE_OVER)).hasValue(record);
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.class,
      names = {"SUCCESS", "ERROR", "CANCELED"})
  void claim_finalRecord_isFinishedWithIt(Status status) throws Exception {
    ImageRecord record = full(status, CLASSIFICATION);
    store().createIfAbsent(record, NOW);

    assertThat(store().claim(claim(record, "late"))).isEqualTo(new ClaimResult.Finished(record));
    assertThat(store().find(record.hash(), NOW)).hasValue(record);
  }

  @Test
  void claim_afterItWasFinished_isFinished() throws Exception {
    ImageRecord waiting = queued();
    store().createIfAbsent(waiting, NOW);
    ClaimResult.Granted first = granted(store().claim(claim(waiting, "first")));
    ImageRecord done = written(store().finish(first, CLASSIFIED, LATER)).record();

    assertThat(store().claim(claimAt(waiting, messageOf(waiting), "second", LATER)))
        .isEqualTo(new ClaimResult.Finished(done));
  }

  @Test
  void claim_olderRun_isOutdated() throws Exception {
    ImageRecord record = full(Status.QUEUED, null, false, null);
    store().createIfAbsent(record, NOW);
    WorkMessage older = new WorkMessage(record.image(), record.run() - 1, NOW);

    assertThat(store().claim(new Claim(older, Samples.id("message"), "token", LATER, LEASE_OVER)))
        .isEqualTo(new ClaimResult.Outdated(record.run()));
    assertThat(store().find(record.hash(), LATER)).hasValue(record);
  }

  @Test
  void claim_newerRun_isGrantedAsItsFirstAttempt() throws Exception {
    ImageRecord record = full(Status.SUCCESS, CLASSIFICATION);
    store().createIfAbsent(record, NOW);
    WorkMessage newer = new WorkMessage(record.image(), record.run() + 1, NOW);

    ImageRecord claimed =
        granted(store().claim(new Claim(newer, Samples.id("message"), "token", LATER, LEASE_OVER)))
            .record();

    assertThat(claimed.run()).isEqualTo(record.run() + 1);
    assertThat(claimed.attempts()).isEqualTo(1);
    assertThat(store().find(record.hash(), LATER)).hasValue(claimed);
  }

  @Test
  void claim_beforeItIsDue_isNotDue() throws Exception {
    ImageRecord record = full(Status.QUEUED, null, false, LATER);
    store().createIfAbsent(record, NOW);

    assertThat(store().claim(claim(record, "early"))).isEqualTo(new ClaimResult.NotDue(LATER));
    assertThat(store().find(record.hash(), NOW)).hasValue(record);
    assertThat(store().claim(claimAt(record, "message", "due", LATER)))
        .isInstanceOf(ClaimResult.Granted.class);
  }

  @Test
  void claim_cancelRequestedAndLeaseEnded_isCanceled() throws Exception {
    ImageRecord record = full(Status.PROCESSING, null, true, null);
    store().createIfAbsent(record, NOW);

    ClaimResult result =
        store().claim(claimAt(record, Samples.id("message"), "second", LEASE_OVER));

    assertThat(result).isInstanceOf(ClaimResult.CancelRequested.class);
    ImageRecord canceled = ((ClaimResult.CancelRequested) result).record();
    assertThat(canceled.status()).isEqualTo(Status.CANCELED);
    assertThat(canceled.revision()).isEqualTo(record.revision() + 1);
    assertThat(store().find(record.hash(), LEASE_OVER)).hasValue(canceled);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 16})
  void claim_severalMessagesAtOnce_oneIsGrantedTheOthersHeld(int claimers) throws Exception {
    ImageRecord waiting = queued();
    store().createIfAbsent(waiting, NOW);

    List<ClaimResult> results =
        Race.of(
            claimers,
            i ->
                () ->
                    storeOf(i)
                        .claim(claimAt(waiting, Samples.id("message"), Samples.id("token"), NOW)));

    assertOneGranted(results, claimers, false, waiting.hash());
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 16})
  void claim_sameMessageAtOnce_oneIsGrantedTheOthersHeld(int claimers) throws Exception {
    ImageRecord waiting = queued();
    store().createIfAbsent(waiting, NOW);

    List<ClaimResult> results =
        Race.of(claimers, i -> () -> storeOf(i).claim(claim(waiting, Samples.id("token"))));

    assertOneGranted(results, claimers, true, waiting.hash());
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 16})
  void claim_noRecordAtOnce_oneIsGrantedTheOthersHeld(int claimers) throws Exception {
    ImageRecord absent = queued();

    List<ClaimResult> results =
        Race.of(claimers, i -> () -> storeOf(i).claim(claim(absent, Samples.id("token"))));

    assertOneGranted(results, claimers, true, absent.hash());
  }

  // Finish.

  @Test
  void finish_held_writesTheOutcome() throws Exception {
    ClaimResult.Granted held = held("token");

    ImageRecord done = written(store().finish(held, CLASSIFIED, LATER)).record();

    assertThat(done.status()).isEqualTo(Status.SUCCESS);
    assertThat(done.classification()).isEqualTo(CLASSIFICATION);
    assertThat(done.updatedAt()).isEqualTo(LATER);
    assertThat(done.revision()).isEqualTo(held.record().revision() + 1);
    assertThat(store().find(held.record().hash(), LATER)).hasValue(done);
  }

  @Test
  void finish_heldAndFailed_writesTheError() throws Exception {
    ClaimResult.Granted held = held("token");

    ImageRecord done = written(store().finish(held, FAILED, LATER)).record();

    assertThat(done.status()).isEqualTo(Status.ERROR);
    assertThat(done.error()).isEqualTo(ERROR);
    assertThat(store().find(held.record().hash(), LATER)).hasValue(done);
  }

  @ParameterizedTest
  @EnumSource
  void finish_responseLost_isWrittenOnce(Lost lost) throws Exception {
    ClaimResult.Granted held = held("token");

    FinishResult answer = lost.of(faulty(), () -> store().finish(held, CLASSIFIED, LATER));

    ImageRecord done = written(answer).record();
    assertThat(done.status()).isEqualTo(Status.SUCCESS);
    assertThat(done.revision()).isEqualTo(held.record().revision() + 1);
    assertThat(store().find(held.record().hash(), LATER)).hasValue(done);
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
  void finish_resultOfAlmostTheLargestSize_isKept() throws Exception {
    Classification large = ofLabels(9_900);

    ImageRecord done =
        written(store().finish(held("token"), new Outcome.Classified(large), LATER)).record();

    assertThat(done.classification()).isEqualTo(large);
    long bytes = DocumentSize.bytes(stored(key(done.hash())).fields());
    assertThat(bytes)
        .isBetween(
            DocumentStore.MAX_DOCUMENT_BYTES * 9L / 10, (long) DocumentStore.MAX_DOCUMENT_BYTES);
  }

  @Test
  void finish_resultThatNoDocumentHolds_endsTheWorkInsteadOfPayingForItAgain() throws Exception {
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
  void finish_oldToken_isSupersededAndWritesNothing() throws Exception {
    ClaimResult.Granted held = held("old");
    ClaimResult.Granted newer =
        granted(store().claim(claimAt(held.record(), Samples.id("message"), "new", LEASE_OVER)));

    assertThat(store().finish(held, CLASSIFIED, LEASE_OVER))
        .isEqualTo(new FinishResult.Superseded());
    assertThat(store().find(held.record().hash(), LEASE_OVER)).hasValue(newer.record());
    assertThat(store().finish(newer, FAILED, LEASE_OVER)).isInstanceOf(FinishResult.Written.class);
    assertThat(store().finish(held, CLASSIFIED, LEASE_OVER))
        .isEqualTo(new FinishResult.Superseded());
  }

  @Test
  void finish_leaseEndedButNobodyClaimed_isWritten() throws Exception {
    ClaimResult.Granted held = held("token");
    Instant longAfter = LEASE_OVER.plus(Duration.ofHours(1));

    ImageRecord done = written(store().finish(held, CLASSIFIED, longAfter)).record();

    assertThat(store().find(held.record().hash(), longAfter)).hasValue(done);
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
  void finish_afterAnotherRunBegan_isSuperseded() throws Exception {
    ClaimResult.Granted held = held("token");
    store().finish(held, CLASSIFIED, LATER);
    store().retry(held.record().hash(), LATER);

    assertThat(store().finish(held, CLASSIFIED, LATER)).isEqualTo(new FinishResult.Superseded());
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

  // Release.

  @Test
  void release_held_isQueuedAgainWithTheAttemptCounted() throws Exception {
    ClaimResult.Granted held = held("token");

    ImageRecord released = written(store().release(held, LATER)).record();

    assertThat(released.status()).isEqualTo(Status.QUEUED);
    assertThat(released.attempts()).isEqualTo(1);
    assertThat(released.leaseUntil()).isNull();
    assertThat(released.revision()).isEqualTo(held.record().revision() + 1);
    assertThat(store().find(held.record().hash(), LATER)).hasValue(released);
    assertThat(
            granted(store().claim(claimAt(held.record(), "message", "next", LATER)))
                .record()
                .attempts())
        .isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource
  void release_responseLost_isWrittenOnce(Lost lost) throws Exception {
    ClaimResult.Granted held = held("token");

    FinishResult answer = lost.of(faulty(), () -> store().release(held, LATER));

    ImageRecord released = written(answer).record();
    assertThat(released.attempts()).isEqualTo(1);
    assertThat(released.revision()).isEqualTo(held.record().revision() + 1);
    assertThat(store().find(held.record().hash(), LATER)).hasValue(released);
  }

  @Test
  void release_oldToken_isSupersededAndWritesNothing() throws Exception {
    ClaimResult.Granted held = held("old");
    ImageRecord newer =
        granted(store().claim(claimAt(held.record(), Samples.id("message"), "new", LEASE_OVER)))
            .record();

    assertThat(store().release(held, LEASE_OVER)).isEqualTo(new FinishResult.Superseded());
    assertThat(store().find(held.record().hash(), LEASE_OVER)).hasValue(newer);
  }

  // Deferring.

  @Test
  void defer_held_isQueuedAndDueWithTheAttemptGivenBack() throws Exception {
    ClaimResult.Granted held = held("token");

    ImageRecord deferred = written(store().defer(held, "QUOTA_USED_UP", DUE, LATER)).record();

    assertThat(deferred.status()).isEqualTo(Status.QUEUED);
    assertThat(deferred.dueAt()).isEqualTo(DUE);
    assertThat(deferred.attempts()).isZero();
    assertThat(deferred.deferral()).isEqualTo(new Deferral("QUOTA_USED_UP", LATER));
    assertThat(deferred.revision()).isEqualTo(held.record().revision() + 1);
    assertThat(store().find(held.record().hash(), LATER)).hasValue(deferred);
    assertThat(store().claim(claimAt(held.record(), "message", "next", LATER)))
        .isEqualTo(new ClaimResult.NotDue(DUE));
  }

  @Test
  void defer_again_keepsWhenItWasPutOffFirst() throws Exception {
    ClaimResult.Granted held = held("token");
    written(store().defer(held, "QUOTA_USED_UP", DUE, LATER));
    ClaimResult.Granted next =
        granted(store().claim(claimAt(held.record(), "message", "next", DUE)));

    ImageRecord again = written(store().defer(next, "CEILING", DUE.plusSeconds(60), DUE)).record();

    assertThat(again.deferral()).isEqualTo(new Deferral("CEILING", LATER));
    assertThat(again.attempts()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void defer_responseLost_isWrittenOnce(Lost lost) throws Exception {
    ClaimResult.Granted held = held("token");

    FinishResult answer = lost.of(faulty(), () -> store().defer(held, "QUOTA_USED_UP", DUE, LATER));

    ImageRecord deferred = written(answer).record();
    assertThat(deferred.attempts()).isZero();
    assertThat(deferred.revision()).isEqualTo(held.record().revision() + 1);
    assertThat(store().find(held.record().hash(), LATER)).hasValue(deferred);
  }

  @Test
  void defer_oldToken_isSupersededAndWritesNothing() throws Exception {
    ClaimResult.Granted held = held("old");
    ImageRecord newer =
        granted(store().claim(claimAt(held.record(), Samples.id("message"), "new", LEASE_OVER)))
            .record();

    assertThat(store().defer(held, "QUOTA_USED_UP", DUE, LEASE_OVER))
        .isEqualTo(new FinishResult.Superseded());
    assertThat(store().find(held.record().hash(), LEASE_OVER)).hasValue(newer);
  }

  @Test
  void finish_afterItWasPutOff_forgetsTheDeferral() throws Exception {
    ClaimResult.Granted held = held("token");
    written(store().defer(held, "QUOTA_USED_UP", DUE, LATER));
    ClaimResult.Granted next =
        granted(store().claim(claimAt(held.record(), "message", "next", DUE)));

    ImageRecord done = written(store().finish(next, CLASSIFIED, DUE)).record();

    assertThat(done.deferral()).isNull();
    assertThat(done.dueAt()).isNull();
    assertThat(done.attempts()).isEqualTo(1);
  }

  // Final failures.

  @Test
  void giveUp_queued_isAnError() throws Exception {
    ImageRecord waiting = queued();
    store().createIfAbsent(waiting, NOW);

    ImageRecord given = written(store().giveUp(waiting.hash(), 1, ERROR, LATER)).record();

    ImageRecord ended = store().find(waiting.hash(), LATER).orElseThrow();
    assertThat(given).isEqualTo(ended);
    assertThat(ended.status()).isEqualTo(Status.ERROR);
    assertThat(ended.error()).isEqualTo(ERROR);
    assertThat(ended.revision()).isEqualTo(waiting.revision() + 1);
  }

  @ParameterizedTest
  @EnumSource
  void giveUp_responseLost_isWrittenOnce(Lost lost) throws Exception {
    ImageRecord waiting = queued();
    store().createIfAbsent(waiting, NOW);

    ImageRecord given =
        written(lost.of(faulty(), () -> store().giveUp(waiting.hash(), 1, ERROR, LATER))).record();

    assertThat(given.revision()).isEqualTo(waiting.revision() + 1);
    assertThat(store().find(waiting.hash(), LATER)).hasValue(given);
  }

  @Test
  void giveUp_liveLease_writesNothing() throws Exception {
    ClaimResult.Granted held = held("token");

    assertThat(store().giveUp(held.record().hash(), 1, ERROR, LATER))
        .isEqualTo(new FinishResult.Superseded());

    assertThat(store().find(held.record().hash(), LATER)).hasValue(held.record());
  }

  @Test
  void giveUp_leaseEnded_isAnErrorAndTheHolderIsSuperseded() throws Exception {
    ClaimResult.Granted held = held("token");

    written(store().giveUp(held.record().hash(), 1, ERROR, LEASE_OVER));

    assertThat(store().finish(held, CLASSIFIED, LEASE_OVER))
        .isEqualTo(new FinishResult.Superseded());
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.class,
      names = {"SUCCESS", "ERROR", "CANCELED"})
  void giveUp_finalRecord_writesNothing(Status status) throws Exception {
    ImageRecord record = full(status, CLASSIFICATION);
    store().createIfAbsent(record, NOW);

    assertThat(store().giveUp(record.hash(), record.run(), OTHER_ERROR, LATER))
        .isEqualTo(new FinishResult.Superseded());

    assertThat(store().find(record.hash(), LATER)).hasValue(record);
  }

  @Test
  void giveUp_again_isWrittenAlready() throws Exception {
    ImageRecord waiting = created(queued());
    FinishResult first = store().giveUp(waiting.hash(), 1, ERROR, LATER);

    assertThat(store().giveUp(waiting.hash(), 1, ERROR, LATER.plusSeconds(1))).isEqualTo(first);
    store().retry(waiting.hash(), LATER);
    assertThat(store().giveUp(waiting.hash(), 1, ERROR, LATER))
        .isEqualTo(new FinishResult.Superseded());
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void giveUp_otherRun_writesNothing(int later) throws Exception {
    ImageRecord record = full(Status.QUEUED, null);
    store().createIfAbsent(record, NOW);

    assertThat(store().giveUp(record.hash(), record.run() + later, ERROR, LATER))
        .isEqualTo(new FinishResult.Superseded());

    assertThat(store().find(record.hash(), LATER)).hasValue(record);
  }

  @Test
  void giveUp_noRecord_makesNone() throws Exception {
    ImageHash hash = Samples.image().hash();

    assertThat(store().giveUp(hash, 1, ERROR, NOW)).isEqualTo(new FinishResult.Superseded());

    assertThat(store().find(hash, NOW)).isEmpty();
  }

  // Canceling.

  @ParameterizedTest
  @EnumSource(
      value = Status.class,
      names = {"SCHEDULED", "PENDING", "QUEUED"})
  void cancel_waitingWork_isOver(Status status) throws Exception {
    ImageRecord record = full(status, null);
    store().createIfAbsent(record, NOW);

    ImageRecord over = canceled(store().cancel(record.hash(), LATER));

    assertThat(over.status()).isEqualTo(Status.CANCELED);
    assertThat(over.revision()).isEqualTo(record.revision() + 1);
    assertThat(otherStore().find(record.hash(), LATER)).hasValue(over);
    assertThat(store().claim(claim(record, "token"))).isEqualTo(new ClaimResult.Finished(over));
  }

  @Test
  void cancel_responseLost_isWrittenOnce() throws Exception {
    ImageRecord waiting = created(queued());
    faulty().reportNextCommitAsConflict();

    assertThat(canceled(store().cancel(waiting.hash(), LATER)).revision())
        .isEqualTo(waiting.revision() + 1);
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
  void cancel_underALease_isARequestAndTheResultIsKept() throws Exception {
    ClaimResult.Granted held = held("token");

    CancelResult answer = store().cancel(held.record().hash(), LATER);

    ImageRecord asked = store().find(held.record().hash(), LATER).orElseThrow();
    assertThat(answer).isEqualTo(new CancelResult.Requested(asked));
    assertThat(asked.status()).isEqualTo(Status.PROCESSING);
    assertThat(asked.cancelRequested()).isTrue();
    assertThat(written(store().finish(held, CLASSIFIED, LATER)).record().status())
        .isEqualTo(Status.SUCCESS);
  }

  @Test
  void cancel_askedTwiceUnderALease_writesOnce() throws Exception {
    ClaimResult.Granted held = held("token");
    CancelResult first = store().cancel(held.record().hash(), LATER);

    assertThat(store().cancel(held.record().hash(), LATER)).isEqualTo(first);
  }

  @Test
  void cancel_askedUnderALease_endsTheWorkThatIsGivenBack() throws Exception {
    ClaimResult.Granted held = held("token");
    store().cancel(held.record().hash(), LATER);

    assertThat(written(store().release(held, LATER)).record().status()).isEqualTo(Status.CANCELED);
  }

  @Test
  void cancel_askedUnderALease_endsTheWorkThatIsPutOff() throws Exception {
    ClaimResult.Granted held = held("token");
    store().cancel(held.record().hash(), LATER);

    assertThat(written(store().defer(held, "QUOTA_USED_UP", DUE, LATER)).record().status())
        .isEqualTo(Status.CANCELED);
  }

  @Test
  void cancel_askedUnderALease_endsTheWorkOfWhoDied() throws Exception {
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
  void cancel_afterTheLease_isOverAndTheHolderIsSuperseded() throws Exception {
    ClaimResult.Granted held = held("token");

    canceled(store().cancel(held.record().hash(), LEASE_OVER));

    assertThat(store().finish(held, CLASSIFIED, LEASE_OVER))
        .isEqualTo(new FinishResult.Superseded());
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.class,
      names = {"SUCCESS", "ERROR", "CANCELED"})
  void cancel_finalRecord_writesNothing(Status status) throws Exception {
    ImageRecord record = full(status, CLASSIFICATION);
    store().createIfAbsent(record, NOW);

    assertThat(store().cancel(record.hash(), LATER))
        .isEqualTo(new CancelResult.AlreadyFinal(record));

    assertThat(store().find(record.hash(), LATER)).hasValue(record);
  }

  @Test
  void cancel_noRecord_makesNone() throws Exception {
    ImageHash hash = Samples.image().hash();

    assertThat(store().cancel(hash, NOW)).isEqualTo(new CancelResult.Absent());

    assertThat(store().find(hash, NOW)).isEmpty();
  }

  @Test
  void cancel_thenRetry_runsAgainWithoutTheRequest() throws Exception {
    ClaimResult.Granted held = held("token");
    store().cancel(held.record().hash(), LATER);
    store().release(held, LATER);

    RetryResult again = store().retry(held.record().hash(), LATER);

    assertThat(again).isInstanceOf(RetryResult.Started.class);
    ImageRecord record = ((RetryResult.Started) again).record();
    assertThat(record.cancelRequested()).isFalse();
    granted(
        store()
            .claim(
                new Claim(
                    record.message(), Samples.id("message"), "next", LATER, LATER.plus(LEASE))));
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

  // Watching.

  @ParameterizedTest
  @EnumSource(Status.class)
  void watch_anyStatus_isKeptWithEverythingElse(Status status) throws Exception {
    ImageRecord record = full(status, CLASSIFICATION);
    store().createIfAbsent(record, NOW);

    ImageRecord watched = store().watch(record.hash(), record.run(), LATER).orElseThrow();

    assertThat(watched).isEqualTo(record.watched(record.run(), LATER).orElseThrow());
    assertThat(watched.announceDue().isPresent()).isEqualTo(status.isFinal());
    assertThat(store().find(record.hash(), LATER)).hasValue(watched);
    assertThat(otherStore().find(record.hash(), LATER)).hasValue(watched);
  }

  @Test
  void watch_alreadyWatched_writesNothing() throws Exception {
    ImageRecord watched = watched();

    assertThat(store().watch(watched.hash(), 1, LATER)).hasValue(watched);
    assertThat(store().find(watched.hash(), LATER)).hasValue(watched);
  }

  @Test
  void watch_otherRun_writesNothingAndTellsTheRecord() throws Exception {
    ImageRecord record = full(Status.SUCCESS, CLASSIFICATION);
    store().createIfAbsent(record, NOW);

    assertThat(store().watch(record.hash(), record.run() - 1, LATER)).hasValue(record);
    assertThat(store().find(record.hash(), LATER)).hasValue(record);
  }

  @Test
  void watch_noRecord_isEmpty() throws Exception {
    assertThat(store().watch(Samples.image().hash(), 1, NOW)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void watch_responseLost_isWrittenOnce(Lost lost) throws Exception {
    ImageRecord waiting = queued();
    store().createIfAbsent(waiting, NOW);

    ImageRecord watched =
        lost.of(faulty(), () -> store().watch(waiting.hash(), 1, LATER)).orElseThrow();

    assertThat(watched.watch()).isEqualTo(Watch.WAITING);
    assertThat(watched.revision()).isEqualTo(waiting.revision() + 1);
  }

  @Test
  void finish_watched_isToBeAnnounced() throws Exception {
    ImageRecord watched = watched();
    ClaimResult.Granted held = granted(store().claim(claim(watched, "token")));

    ImageRecord ended = written(store().finish(held, CLASSIFIED, LATER)).record();

    assertToBeAnnounced(ended);
  }

  @Test
  void cancelAndGiveUp_watched_isToBeAnnounced() throws Exception {
    ImageRecord canceled = watched();
    ImageRecord givenUp = watched();

    assertToBeAnnounced(canceled(store().cancel(canceled.hash(), LATER)));
    assertToBeAnnounced(written(store().giveUp(givenUp.hash(), 1, ERROR, LATER)).record());
  }

  @Test
  void announced_unchanged_leavesNobodyToBeTold() throws Exception {
    ImageRecord ended = canceled(store().cancel(watched().hash(), LATER));

    store().announced(ended, LATER);

    ImageRecord record = store().find(ended.hash(), LATER).orElseThrow();
    assertThat(record.watch()).isNull();
    assertThat(record.revision()).isEqualTo(ended.revision() + 1);
    assertThat(overdue(NOW.plus(Duration.ofDays(365)))).doesNotContain(ended.hash());
  }

  @Test
  void announced_somebodyCameMeanwhile_writesNothing() throws Exception {
    ImageRecord ended = canceled(store().cancel(watched().hash(), LATER));
    ImageRecord again = store().watch(ended.hash(), 1, LATER).orElseThrow();

    store().announced(ended, LATER);

    assertThat(store().find(ended.hash(), LATER)).hasValue(again);
    assertToBeAnnounced(again);
  }

  @Test
  void requeued_overdueAnnouncement_isOverdueLater() throws Exception {
    ImageRecord ended = canceled(store().cancel(watched().hash(), LATER));
    Instant overdue = LATER.plus(Watch.ANNOUNCED_WITHIN);

    assertThat(store().requeued(ended, "message", overdue)).isTrue();

    assertThat(overdue(overdue)).doesNotContain(ended.hash());
    assertFoundFrom(ended.hash(), overdue.plus(Watch.ANNOUNCED_WITHIN));
    assertThat(store().find(ended.hash(), overdue).orElseThrow().status())
        .isEqualTo(Status.CANCELED);
  }

  @Test
  void retry_notAnnounced_isToldOfTheNextEnd() throws Exception {
    ImageRecord ended = canceled(store().cancel(watched().hash(), LATER));

    store().retry(ended.hash(), LATER);

    assertToBeAnnounced(canceled(store().cancel(ended.hash(), LATER)));
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

  // Scheduled work.

  @Test
  void create_scheduled_isDueThenAndNotSooner() throws Exception {
    ImageRecord scheduled = scheduled();

    assertThat(store().createIfAbsent(scheduled, NOW)).isEqualTo(scheduled);

    assertThat(otherStore().find(scheduled.hash(), NOW)).hasValue(scheduled);
    assertThat(store().claim(claim(scheduled, "early"))).isEqualTo(new ClaimResult.NotDue(DUE));
    assertFoundFrom(scheduled.hash(), DUE);
    granted(store().claim(claimAt(scheduled, "m", "token", DUE)));
  }

  @Test
  void create_scheduledByAnother_getsTheRecordItLostTo() throws Exception {
    ImageRecord first = scheduled();
    store().createIfAbsent(first, NOW);
    ImageRecord second = ImageRecord.scheduled(first.image(), DUE.plusSeconds(1), NOW);

    assertThat(store().createIfAbsent(second, NOW)).isEqualTo(first);
  }

  @Test
  void advance_earlier_isScheduledForThen() throws Exception {
    ImageRecord scheduled = created(scheduled());
    Instant earlier = DUE.minusSeconds(60);

    ImageRecord next = advanced(store().advance(scheduled.hash(), earlier, LATER));

    assertThat(next.status()).isEqualTo(Status.SCHEDULED);
    assertThat(next.dueAt()).isEqualTo(earlier);
    assertThat(next.revision()).isEqualTo(scheduled.revision() + 1);
    assertThat(otherStore().find(scheduled.hash(), LATER)).hasValue(next);
    assertFoundFrom(scheduled.hash(), earlier);
  }

  @Test
  void advance_toNow_isPendingAndCanBeClaimed() throws Exception {
    ImageRecord scheduled = created(scheduled());

    ImageRecord pending = advanced(store().advance(scheduled.hash(), LATER, LATER));

    assertThat(pending.status()).isEqualTo(Status.PENDING);
    assertThat(pending.dueAt()).isNull();
    assertThat(otherStore().find(scheduled.hash(), LATER)).hasValue(pending);
    granted(store().claim(claimAt(scheduled, "m", "token", LATER)));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 86_400})
  void advance_notEarlier_writesNothing(long seconds) throws Exception {
    ImageRecord scheduled = created(scheduled());

    assertThat(store().advance(scheduled.hash(), DUE.plusSeconds(seconds), LATER))
        .isEqualTo(new AdvanceResult.Unchanged(scheduled));

    assertThat(store().find(scheduled.hash(), LATER)).hasValue(scheduled);
  }

  @Test
  void advance_onceDue_writesNothing() throws Exception {
    ImageRecord scheduled = created(scheduled());
    Instant after = DUE.plusSeconds(1);

    assertThat(store().advance(scheduled.hash(), after, after))
        .isEqualTo(new AdvanceResult.Unchanged(scheduled));
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.class,
      names = {"SCHEDULED"},
      mode = EnumSource.Mode.EXCLUDE)
  void advance_notScheduled_writesNothing(Status status) throws Exception {
    ImageRecord record = created(full(status, CLASSIFICATION));

    assertThat(store().advance(record.hash(), NOW, NOW))
        .isEqualTo(new AdvanceResult.Unchanged(record));

    assertThat(store().find(record.hash(), NOW)).hasValue(record);
  }

  @Test
  void advance_noRecord_makesNone() throws Exception {
    ImageHash hash = Samples.image().hash();

    assertThat(store().advance(hash, NOW, NOW)).isEqualTo(new AdvanceResult.Absent());

    assertThat(store().find(hash, NOW)).isEmpty();
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

  // The history of attempts.

  @Test
  void history_attemptsOfTwoRuns_areKeptWithTheirEnds() throws Exception {
    ImageRecord waiting = created(queued());
    store().release(granted(store().claim(claim(waiting, "one"))), LATER);
    ClaimResult.Granted two = granted(store().claim(claimAt(waiting, "m2", "two", LATER)));
    store().defer(two, "QUOTA_USED_UP", LATER.plusSeconds(5), LATER.plusMillis(7));
    Instant due = LATER.plusSeconds(5);
    store().claim(claimAt(waiting, "m3", "three", due));
    Instant lost = due.plus(LEASE);
    ClaimResult.Granted four =
        granted(store().claim(claimAt(waiting, "m4", "four", lost.plusSeconds(1))));
    store().finish(four, FAILED, lost.plusSeconds(2));
    ImageRecord second =
        ((RetryResult.Started) store().retry(waiting.hash(), lost.plusSeconds(3))).record();

    ClaimResult.Granted five =
        granted(store().claim(claimAt(second, "m5", "five", lost.plusSeconds(4))));

    assertThat(five.record().history())
        .containsExactly(
            new Attempt(1, 1, NOW, LATER, Attempt.Result.RELEASED, null),
            new Attempt(1, 2, LATER, LATER.plusMillis(7), Attempt.Result.DEFERRED, "QUOTA_USED_UP"),
            new Attempt(1, 2, due, lost, Attempt.Result.LEASE_LOST, null),
            new Attempt(
                1, 3, lost.plusSeconds(1), lost.plusSeconds(2), Attempt.Result.ERROR, ERROR.code()),
            new Attempt(2, 1, lost.plusSeconds(4), null, null, null));
    assertThat(otherStore().find(waiting.hash(), lost)).hasValue(five.record());
    assertThat(written(store().finish(five, CLASSIFIED, lost.plusSeconds(5))).record().history())
        .hasSize(5)
        .endsWith(
            new Attempt(
                2, 1, lost.plusSeconds(4), lost.plusSeconds(5), Attempt.Result.SUCCESS, null));
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

  // Overdue work.

  @Test
  void overdue_eachKindOfForgottenWork_isFoundFromItsInstantOn() throws Exception {
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
  void overdue_finishedWork_isNotFound() throws Exception {
    ClaimResult.Granted held = held("token");
    written(store().finish(held, CLASSIFIED, LATER));

    assertThat(overdue(NOW.plus(Duration.ofDays(365)))).doesNotContain(held.record().hash());
  }

  @Test
  void overdue_several_givesTheLongestOverdueFirstAndNoMoreThanAskedFor() throws Exception {
    ImageRecord queued = queued();
    store().createIfAbsent(queued, NOW);
    ClaimResult.Granted held = held("token");
    ImageRecord pending = retried();
    Instant now = NOW.plus(Duration.ofDays(1));

    List<ImageHash> found = overdue(now);

    assertThat(found).containsSubsequence(pending.hash(), held.record().hash(), queued.hash());
    assertThat(store().overdue(now, 2)).hasSize(2);
  }

  @Test
  void requeued_asSeen_isQueuedWithItsMessageAndNoLongerOverdue() throws Exception {
    ClaimResult.Granted held = held("token");
    Instant now = LEASE_OVER.plusSeconds(300);

    assertThat(store().requeued(held.record(), "fresh", now)).isTrue();

    ImageRecord queued = store().find(held.record().hash(), now).orElseThrow();
    assertThat(queued.status()).isEqualTo(Status.QUEUED);
    assertThat(queued.messageId()).isEqualTo("fresh");
    assertThat(queued.attempts()).isEqualTo(1);
    assertThat(queued.revision()).isEqualTo(held.record().revision() + 1);
    assertThat(overdue(now)).doesNotContain(held.record().hash());
    assertThat(
            granted(store().claim(claimAt(held.record(), "fresh", "next", now)))
                .record()
                .attempts())
        .isEqualTo(2);
  }

  @Test
  void requeued_deferredAndDue_canBeClaimedAndKeepsTheDeferral() throws Exception {
    ClaimResult.Granted held = held("token");
    ImageRecord deferred = written(store().defer(held, "QUOTA_USED_UP", DUE, LATER)).record();

    assertThat(store().requeued(deferred, "fresh", DUE)).isTrue();

    ImageRecord granted =
        granted(store().claim(claimAt(held.record(), "fresh", "next", DUE))).record();
    assertThat(granted.deferral()).isEqualTo(deferred.deferral());
    assertThat(granted.attempts()).isEqualTo(1);
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
  void requeued_notOverdue_writesNothing() throws Exception {
    ClaimResult.Granted held = held("token");

    assertThat(store().requeued(held.record(), "fresh", LATER)).isFalse();

    assertThat(store().find(held.record().hash(), LATER)).hasValue(held.record());
  }

  // Listing.

  @Test
  void list_all_givesEachOnceNewestFirst() throws Exception {
    List<ImageHash> made = listed(Status.QUEUED, Status.SUCCESS, Status.ERROR, Status.SUCCESS);

    List<ImageRecord> found = listed(null, 3);

    assertThat(found.stream().map(ImageRecord::hash)).containsSubsequence(made);
    assertThat(found).doesNotHaveDuplicates().isSortedAccordingTo(NEWEST_FIRST);
  }

  @ParameterizedTest
  @EnumSource(Status.class)
  void list_status_givesThoseAndNoOthers(Status status) throws Exception {
    List<ImageHash> made = listed(status, status, other(status), status);

    List<ImageRecord> found = listed(status, 2);

    assertThat(found).extracting(ImageRecord::status).containsOnly(status);
    assertThat(found.stream().map(ImageRecord::hash))
        .containsSubsequence(made.get(0), made.get(1), made.get(3))
        .doesNotContain(made.get(2));
    assertThat(found).doesNotHaveDuplicates().isSortedAccordingTo(NEWEST_FIRST);
  }

  @Test
  void list_sameInstant_givesEachOnce() throws Exception {
    List<ImageHash> made = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      made.add(created(Status.QUEUED, NOW).hash());
    }

    assertThat(listed(Status.QUEUED, 2).stream().map(ImageRecord::hash))
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

  // Retry and confirmation.

  @ParameterizedTest
  @EnumSource(
      value = Status.class,
      names = {"SUCCESS", "ERROR", "CANCELED"})
  void retry_finalRecord_startsTheNextRun(Status status) throws Exception {
    ImageRecord record = full(status, CLASSIFICATION);
    store().createIfAbsent(record, NOW);

    RetryResult result = store().retry(record.hash(), LATER);

    assertThat(result).isInstanceOf(RetryResult.Started.class);
    ImageRecord started = ((RetryResult.Started) result).record();
    assertThat(started.status()).isEqualTo(Status.PENDING);
    assertThat(started.run()).isEqualTo(record.run() + 1);
    assertThat(started.attempts()).isZero();
    assertThat(started.revision()).isEqualTo(record.revision() + 1);
    assertThat(started.expireAt()).isNull();
    assertThat(store().find(record.hash(), LATER)).hasValue(started);
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.class,
      names = {"SCHEDULED", "PENDING", "QUEUED", "PROCESSING"})
  void retry_underWay_writesNothing(Status status) throws Exception {
    ImageRecord record = full(status, null);
    store().createIfAbsent(record, NOW);

    assertThat(store().retry(record.hash(), LATER)).isEqualTo(new RetryResult.UnderWay(record));
    assertThat(store().find(record.hash(), LATER)).hasValue(record);
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
  void retry_noRecord_isAbsent() throws Exception {
    assertThat(store().retry(Samples.image().hash(), NOW)).isEqualTo(new RetryResult.Absent());
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
  void retry_responseLost_startsOneRun() throws Exception {
    ImageRecord record = created(full(Status.ERROR, null));
    faulty().reportNextCommitAsConflict();

    assertThat(store().retry(record.hash(), LATER))
        .isEqualTo(new RetryResult.Started(store().find(record.hash(), LATER).orElseThrow()));
    assertThat(store().find(record.hash(), LATER).orElseThrow().run()).isEqualTo(record.run() + 1);
  }

  @Test
  void retry_responseLostAndThatRunHasEndedSince_startsNoOther() throws Exception {
    ImageRecord record = created(full(Status.ERROR, null));
    faulty().reportNextCommitAsConflict();
    faulty()
        .afterNextCommit(
            interfering(() -> otherStore().giveUp(record.hash(), record.run() + 1, ERROR, LATER)));

    RetryResult answer = store().retry(record.hash(), LATER);

    ImageRecord ended = store().find(record.hash(), LATER).orElseThrow();
    assertThat(ended.run()).isEqualTo(record.run() + 1);
    assertThat(ended.status()).isEqualTo(Status.ERROR);
    assertThat(answer).isEqualTo(new RetryResult.Started(ended));
  }

  @Test
  void confirmQueued_pending_isQueuedWithItsMessage() throws Exception {
    ImageRecord started = retried();

    store().confirmQueued(started.hash(), started.run(), "message-2", LATER);

    ImageRecord queued = store().find(started.hash(), LATER).orElseThrow();
    assertThat(queued.status()).isEqualTo(Status.QUEUED);
    assertThat(queued.messageId()).isEqualTo("message-2");
    assertThat(queued.revision()).isEqualTo(started.revision() + 1);
  }

  @Test
  void confirmQueued_again_writesNothing() throws Exception {
    ImageRecord started = retried();
    store().confirmQueued(started.hash(), started.run(), "message-2", LATER);
    ImageRecord queued = store().find(started.hash(), LATER).orElseThrow();

    store().confirmQueued(started.hash(), started.run(), "message-2", LATER.plusSeconds(1));

    assertThat(store().find(started.hash(), LATER)).hasValue(queued);
  }

  @Test
  void confirmQueued_otherRun_writesNothing() throws Exception {
    ImageRecord started = retried();

    store().confirmQueued(started.hash(), started.run() - 1, "message-1", LATER);
    store().confirmQueued(started.hash(), started.run() + 1, "message-3", LATER);

    assertThat(store().find(started.hash(), LATER)).hasValue(started);
  }

  @Test
  void confirmQueued_alreadyClaimed_writesNothing() throws Exception {
    ImageRecord started = retried();
    WorkMessage message = new WorkMessage(started.image(), started.run(), NOW);
    ImageRecord claimed =
        granted(store().claim(new Claim(message, "message-2", "fast", LATER, LEASE_OVER))).record();

    store().confirmQueued(started.hash(), started.run(), "message-2", LATER);

    assertThat(store().find(started.hash(), LATER)).hasValue(claimed);
  }

  @Test
  void confirmQueued_noRecord_writesNothing() throws Exception {
    ImageHash hash = Samples.image().hash();

    store().confirmQueued(hash, 1, "message", NOW);

    assertThat(store().find(hash, NOW)).isEmpty();
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

  // All operations.

  @Test
  void everyWrite_ofExpiredRecords_findsNothing() throws Exception {
    ImageRecord old = created(expiring(LATER));

    assertThat(store().giveUp(old.hash(), old.run(), ERROR, LATER))
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
  void everyWrite_raisesTheRevisionByOne() throws Exception {
    ImageRecord first = queued();
    ImageHash hash = first.hash();
    List<Long> revisions = new ArrayList<>();
    revisions.add(store().createIfAbsent(first, NOW).revision());
    ClaimResult.Granted one = granted(store().claim(claim(first, "one")));
    revisions.add(one.record().revision());
    revisions.add(written(store().release(one, NOW)).record().revision());
    ClaimResult.Granted two = granted(store().claim(claim(first, "two")));
    revisions.add(two.record().revision());
    revisions.add(written(store().finish(two, FAILED, NOW)).record().revision());
    store().retry(hash, NOW);
    revisions.add(store().find(hash, NOW).orElseThrow().revision());
    store().confirmQueued(hash, 2, "message", NOW);
    revisions.add(store().find(hash, NOW).orElseThrow().revision());

    assertThat(revisions).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
  }

  @Test
  void everyCall_inItsCourse_takesAsManyStoreCallsAsItSays() throws Exception {
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
    store().giveUp(hash, 2, ERROR, dayAfter);
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
    assertKeepsUnknown(key, () -> store().giveUp(hash, 2, ERROR, later));
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

    assertThat(store().releaseAll(LATER)).isGreaterThanOrEqualTo(2);

    for (ImageRecord each : List.of(one, two)) {
      ImageRecord released = store().find(each.hash(), LATER).orElseThrow();
      assertThat(released.status()).isEqualTo(Status.QUEUED);
      assertThat(released.attempts()).isEqualTo(1);
    }
    assertThat(store().find(waiting.hash(), LATER)).hasValue(waiting);
    assertThat(store().releaseAll(LATER)).isZero();
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

  /** Creates records with these statuses, each a second older than the one before. */
  private List<ImageHash> listed(Status... statuses) throws Exception {
    List<ImageHash> made = new ArrayList<>();
    for (int i = 0; i < statuses.length; i++) {
      made.add(created(statuses[i], NOW.minusSeconds(i)).hash());
    }
    return made;
  }

  private ImageRecord created(Status status, Instant createdAt) throws Exception {
    ImageRecord full = full(status, CLASSIFICATION);
    ImageRecord record = full.toBuilder().cancelRequested(false).createdAt(createdAt).build();
    store().createIfAbsent(record, NOW);
    return record;
  }

  /** All pages together. */
  private List<ImageRecord> listed(@Nullable Status status, int limit) throws Exception {
    return all(status, limit, NOW);
  }

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

  private static Status other(Status status) {
    return status == Status.QUEUED ? Status.CANCELED : Status.QUEUED;
  }

  private void assertOneGranted(
      List<ClaimResult> results, int claimers, boolean bySameMessage, ImageHash hash)
      throws Exception {
    ImageRecord stored = store().find(hash, NOW).orElseThrow();
    assertThat(stored.attempts()).isEqualTo(1);
    assertThat(results).hasSize(claimers);
    assertThat(results).filteredOn(r -> isGranted(r, stored)).hasSize(1);
    assertThat(results)
        .filteredOn(r -> r.equals(new ClaimResult.HeldUntil(LEASE_OVER, bySameMessage)))
        .hasSize(claimers - 1);
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
