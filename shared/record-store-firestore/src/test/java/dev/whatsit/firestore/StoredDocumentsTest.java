package dev.whatsit.firestore;

import static dev.whatsit.firestore.RecordSamples.CLASSIFICATION;
import static dev.whatsit.firestore.RecordSamples.CLASSIFIED;
import static dev.whatsit.firestore.RecordSamples.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.CreateResult;
import dev.whatsit.domain.record.FinishResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.RecordPage;
import dev.whatsit.domain.record.RetryResult;
import dev.whatsit.domain.record.Status;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is particular to documents, beyond what the kit asks of every store. */
class StoredDocumentsTest {
  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final String LATER_FIELD = "of_a_later_version";
  private static final Instant EXPIRY = NOW.plusSeconds(10);

  private Emulated emulated;
  private FirestoreRecordStore store;

  @BeforeEach
  void open() {
    emulated = Emulated.fresh(FIRESTORE.hostPort());
    store = emulated.records();
  }

  @AfterEach
  void close() {
    emulated.close();
  }

  @Test
  void change_fieldsOfALaterVersion_areKept() {
    ImageRecord record = RecordSamples.queued(1);
    store.createIfAbsent(record, NOW);
    edit(record.hash(), LATER_FIELD, Fields.of("kept"));
    store.claim(RecordSamples.claim(record, "token", NOW));
    edit(record.hash(), LATER_FIELD, Fields.of("kept too"));

    assertThat(store.finish(record.hash(), "token", CLASSIFIED, NOW))
        .isInstanceOf(FinishResult.Written.class);

    assertThat(fields(record.hash())).containsEntry(LATER_FIELD, Fields.of("kept too"));
    assertThat(fields(record.hash())).doesNotContainKey("lease_until");
  }

  @Test
  void create_overAnExpiredRecord_keepsNothingOfIt() {
    ImageRecord old = expiring(2);
    store.createIfAbsent(old, NOW);
    edit(old.hash(), LATER_FIELD, Fields.of("not kept"));

    store.createIfAbsent(ImageRecord.queued(old.image(), "message", EXPIRY), EXPIRY);

    assertThat(fields(old.hash())).doesNotContainKeys(LATER_FIELD, "expire_at", "classification");
  }

  @Test
  void claim_overAnExpiredRecord_keepsNothingOfIt() {
    ImageRecord old = expiring(3);
    store.createIfAbsent(old, NOW);
    edit(old.hash(), LATER_FIELD, Fields.of("not kept"));

    store.claim(RecordSamples.claim(old, "token", EXPIRY));

    assertThat(fields(old.hash())).doesNotContainKeys(LATER_FIELD, "expire_at", "classification");
  }

  @Test
  void create_expiredRecordIsRemovedMeanwhile_isCreated() {
    ImageRecord old = expiring(4);
    store.createIfAbsent(old, NOW);
    ImageRecord fresh = ImageRecord.queued(old.image(), "message", EXPIRY);
    // The first write finds the record there, the second finds it gone.
    beforeWrite(2, () -> remove(old.hash()));

    CreateResult result = store.createIfAbsent(fresh, EXPIRY);

    assertThat(result).isEqualTo(new CreateResult.Created(fresh));
    assertThat(store.find(old.hash(), EXPIRY)).hasValue(fresh);
  }

  @Test
  void finish_recordIsRemovedMeanwhile_isSuperseded() {
    ImageRecord record = RecordSamples.queued(5);
    store.claim(RecordSamples.claim(record, "token", NOW));
    remove(record.hash());

    assertThat(store.finish(record.hash(), "token", CLASSIFIED, NOW))
        .isEqualTo(new FinishResult.Superseded());
    assertThat(store.find(record.hash(), NOW)).isEmpty();
  }

  @Test
  void claim_nanoseconds_givesWhatWillBeRead() {
    Instant fine = NOW.plusNanos(789);
    ImageRecord record = RecordSamples.queued(6);

    ClaimResult result = store.claim(RecordSamples.claim(record, "token", fine));

    ImageRecord granted = ((ClaimResult.Granted) result).record();
    assertThat(granted.updatedAt()).isEqualTo(NOW);
    assertThat(store.find(record.hash(), fine)).hasValue(granted);
  }

  @Test
  void finish_resultOfAlmostOneMebibyte_isKept() {
    Classification large = classification(10_000);
    ImageRecord record = claimed(7);

    FinishResult result = store.finish(record.hash(), "token", new Outcome.Classified(large), NOW);

    assertThat(((FinishResult.Written) result).record().classification()).isEqualTo(large);
    int bytes = Value.size(fields(record.hash()));
    assertThat(bytes).isBetween(FirestoreRecordStore.LARGEST_BYTES * 9 / 10, 1_000_000);
  }

  @Test
  void finish_resultBeyondOneMebibyte_endsTheWorkInsteadOfPayingForItAgain() {
    ImageRecord record = claimed(8);

    FinishResult result =
        store.finish(record.hash(), "token", new Outcome.Classified(classification(12_000)), NOW);

    ImageRecord ended = ((FinishResult.Written) result).record();
    assertThat(ended.status()).isEqualTo(Status.ERROR);
    assertThat(ended.error()).isNotNull().matches(error -> error.code().equals("RESULT_TOO_LARGE"));
    assertThat(store.find(record.hash(), NOW)).hasValue(ended);
  }

  @Test
  void list_expiredAmongTheLiving_pagesAreFull() {
    List<ImageHash> living = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      ImageRecord queued = RecordSamples.queued(100 + i);
      ImageRecord record = i % 4 == 0 ? queued : expiring(100 + i);
      store.createIfAbsent(createdAt(record, NOW.minusSeconds(i)), NOW);
      if (i % 4 == 0) {
        living.add(record.hash());
      }
    }

    emulated.wire().calls();
    RecordPage first = store.list(null, null, 2, EXPIRY);
    // Nine documents in parts of three.
    assertThat(emulated.wire().calls()).hasSize(3);
    RecordPage second = store.list(null, first.next(), 2, EXPIRY);

    assertThat(first.records()).extracting(ImageRecord::hash).isEqualTo(living.subList(0, 2));
    assertThat(second.records()).extracting(ImageRecord::hash).isEqualTo(living.subList(2, 3));
    assertThat(second.next()).isNull();
  }

  @Test
  void retry_answerLost_isStartedNotUnderWay() {
    ImageRecord record = expiring(9);
    store.createIfAbsent(record, NOW);
    emulated.wire().loseNextAnswer(Code.UNAVAILABLE);

    RetryResult result = store.retry(record.hash(), NOW);

    assertThat(result).isInstanceOf(RetryResult.Started.class);
    assertThat(store.find(record.hash(), NOW))
        .hasValue(((RetryResult.Started) result).record())
        .hasValueSatisfying(now -> assertThat(now.run()).isEqualTo(record.run() + 1));
  }

  @Test
  void requeued_answerLost_isTrue() {
    ImageRecord record = RecordSamples.queued(10);
    store.createIfAbsent(record, NOW);
    emulated.wire().loseNextAnswer(Code.UNAVAILABLE);

    assertThat(store.requeued(record, "fresh", NOW.plus(Duration.ofDays(1)))).isTrue();

    assertThat(store.find(record.hash(), NOW))
        .hasValueSatisfying(now -> assertThat(now.revision()).isEqualTo(2));
  }

  @Test
  void find_documentThatCannotBeRead_failsAndNamesIt() {
    ImageRecord record = RecordSamples.queued(11);
    store.createIfAbsent(record, NOW);
    edit(record.hash(), "status", Fields.of("asleep"));

    assertThatThrownBy(() -> store.find(record.hash(), NOW))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("images/" + record.hash() + ": status is asleep");
  }

  private ImageRecord claimed(long seed) {
    ImageRecord record = RecordSamples.queued(seed);
    store.claim(RecordSamples.claim(record, "token", NOW));
    return record;
  }

  /** Of labels that take 94 bytes each. */
  private static Classification classification(int labels) {
    Annotation label = new Annotation("é".repeat(34), 1.0 / 3);
    return new Classification(
        Collections.nCopies(labels, label), List.of(), CLASSIFICATION.classifier());
  }

  private static ImageRecord expiring(long seed) {
    ImageRecord queued = RecordSamples.queued(seed);
    return ImageRecord.builder(queued.image(), NOW)
        .status(Status.SUCCESS)
        .attempts(1)
        .messageId("message")
        .token("token")
        .classification(CLASSIFICATION)
        .expireAt(EXPIRY)
        .build();
  }

  private static ImageRecord createdAt(ImageRecord record, Instant createdAt) {
    return record.toBuilder().createdAt(createdAt).build();
  }

  private Map<String, Value> fields(ImageHash hash) {
    @Nullable Document document = emulated.documents().read("look", name(hash)).document();
    return document == null ? Map.of() : document.fields();
  }

  private void edit(ImageHash hash, String field, Value value) {
    emulated
        .documents()
        .change(
            "edit",
            name(hash),
            null,
            document -> new Documents.Step.Put<>(Map.of(field, value), Set.of(field), true));
  }

  private void remove(ImageHash hash) {
    try (Emulated other = emulated.other()) {
      Documents documents = other.documents();
      documents.commit("remove", List.of(Write.remove(name(hash))), documents.budget());
    }
  }

  private String name(ImageHash hash) {
    return emulated.documents().name(RecordDocument.COLLECTION, hash.hex());
  }

  /** Does something between the read and the nth write from now on. */
  private void beforeWrite(int nth, Runnable deed) {
    int[] writes = {0};
    emulated
        .wire()
        .decideBy(
            method -> {
              if (method.equals(Wire.COMMIT) && ++writes[0] == nth) {
                deed.run();
              }
              return new Wire.Fate.Passed();
            });
  }
}
