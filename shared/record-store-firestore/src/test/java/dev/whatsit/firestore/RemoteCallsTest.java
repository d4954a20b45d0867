package dev.whatsit.firestore;

import static dev.whatsit.firestore.RecordSamples.CLASSIFIED;
import static dev.whatsit.firestore.RecordSamples.ERROR;
import static dev.whatsit.firestore.RecordSamples.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackClaim;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.Settlement;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.FinishResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Status;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Each remote call costs money and time. */
class RemoteCallsTest {
  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final String READ = Wire.READ;
  private static final String WRITE = Wire.COMMIT;
  private static final String QUERY = Wire.QUERY;
  private static final Instant DAY_AFTER = NOW.plus(Duration.ofDays(1));

  private final ImageRecord record = RecordSamples.queued(1);
  private final ImageHash hash = record.hash();
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
  void find_anyRecord_takesOne() {
    store.find(hash, NOW);
    assertCalls(READ);

    created();
    store.find(hash, NOW);
    assertCalls(READ);
  }

  @Test
  void create_newImage_takesOne() {
    store.createIfAbsent(record, NOW);

    assertCalls(WRITE);
  }

  @Test
  void create_knownImage_takesTwo() {
    created();

    store.createIfAbsent(record, NOW);

    assertCalls(WRITE, READ);
  }

  @Test
  void claim_waiting_takesTwo() {
    created();

    store.claim(RecordSamples.claim(record, "token", NOW));

    assertCalls(READ, WRITE);
  }

  @Test
  void claim_noRecord_takesTwo() {
    store.claim(RecordSamples.claim(record, "token", NOW));

    assertCalls(READ, WRITE);
  }

  @Test
  void finish_claimOfThisProcess_takesOne() {
    claimed();

    store.finish(hash, "token", CLASSIFIED, NOW);

    assertCalls(WRITE);
  }

  @Test
  void release_claimOfThisProcess_takesOne() {
    claimed();

    store.release(hash, "token", NOW);

    assertCalls(WRITE);
  }

  @Test
  void defer_claimOfThisProcess_takesOne() {
    claimed();

    store.defer(hash, "token", "QUOTA_USED_UP", DAY_AFTER, NOW);

    assertCalls(WRITE);
  }

  @Test
  void finish_claimOfAnotherProcess_takesTwo() {
    claimed();

    FinishResult result = emulated.records().finish(hash, "token", CLASSIFIED, NOW);

    assertThat(result).isInstanceOf(FinishResult.Written.class);
    assertCalls(READ, WRITE);
  }

  @Test
  void finish_claimWasTakenOver_isSupersededAndTakesTwo() {
    claimed();
    emulated.records().claim(RecordSamples.claim(record, "newer", DAY_AFTER));
    emulated.wire().calls();

    FinishResult result = store.finish(hash, "token", CLASSIFIED, DAY_AFTER);

    assertThat(result).isEqualTo(new FinishResult.Superseded());
    assertCalls(WRITE, READ);
  }

  @Test
  void claim_moreThanAreRemembered_allCanBeFinished() {
    for (int seed = 0; seed < 300; seed++) {
      ImageRecord each = RecordSamples.queued(1000 + seed);
      store.claim(RecordSamples.claim(each, "token", NOW));
    }
    emulated.wire().calls();

    assertThat(store.finish(RecordSamples.queued(1000).hash(), "token", CLASSIFIED, NOW))
        .isInstanceOf(FinishResult.Written.class);
    assertCalls(READ, WRITE);
    assertThat(store.finish(RecordSamples.queued(1299).hash(), "token", CLASSIFIED, NOW))
        .isInstanceOf(FinishResult.Written.class);
    assertCalls(WRITE);
  }

  @Test
  void everythingElse_inItsCourse_takesTwoOrOneQuery() {
    ImageRecord held = claimed();

    store.requeued(held, "fresh", DAY_AFTER);
    assertCalls(READ, WRITE);
    store.giveUp(hash, 1, "letter", ERROR, DAY_AFTER);
    assertCalls(READ, WRITE);
    store.retry(hash, DAY_AFTER);
    assertCalls(READ, WRITE);
    store.confirmQueued(hash, 2, "again", DAY_AFTER);
    assertCalls(READ, WRITE);
    assertThat(store.list(Status.QUEUED, null, 10, DAY_AFTER).records()).hasSize(1);
    assertCalls(QUERY);
    assertThat(store.overdue(DAY_AFTER.plusSeconds(3600), 10)).hasSize(1);
    assertCalls(QUERY);
    store.checkReachable();
    assertCalls(READ);
  }

  @Test
  void callbacks_inTheirCourse_takeTwoOrOneQuery() {
    FirestoreCallbackStore callbacks = emulated.callbacks();
    Subject subject = Subject.of(hash, 1);
    Callback callback =
        Callback.waiting(subject, CallbackKind.WEBHOOK, "https://example.org/hook", NOW);

    callbacks.register(callback, 20, NOW);
    assertCalls(QUERY, WRITE);
    callbacks.register(callback, 20, NOW);
    assertCalls(QUERY);
    assertThat(callbacks.waiting(subject, 20)).hasSize(1);
    assertCalls(QUERY);
    callbacks.announce(callback.id(), "{}", NOW);
    assertCalls(READ, WRITE);
    callbacks.claim(new CallbackClaim(callback.id(), "token", NOW, DAY_AFTER));
    assertCalls(READ, WRITE);
    callbacks.settle(callback.id(), "token", new Settlement.Again(DAY_AFTER, DAY_AFTER, null), NOW);
    assertCalls(READ, WRITE);
    assertThat(callbacks.overdue(DAY_AFTER, 20)).hasSize(1);
    assertCalls(QUERY);
    assertThat(callbacks.list(subject, CallbackKind.WEBHOOK, 20, NOW)).hasSize(1);
    assertCalls(QUERY);
  }

  @Test
  void carry_inItsCourse_takesThreeAndListingALaterRunTwo() {
    FirestoreCallbackStore callbacks = emulated.callbacks();
    Subject second = Subject.of(hash, 2);
    Callback waiting =
        Callback.waiting(
            Subject.of(hash, 1), CallbackKind.WEBHOOK, "https://example.org/hook", NOW);
    callbacks.register(waiting, 20, NOW);
    assertCalls(QUERY, WRITE);

    callbacks.carry(waiting.id(), second, NOW);

    assertCalls(READ, READ, WRITE);
    assertThat(callbacks.list(second, CallbackKind.WEBHOOK, 20, NOW)).hasSize(1);
    assertCalls(QUERY, QUERY);
  }

  @Test
  void watch_inItsCourse_takesTwoAndOneWhenItIsWatchedAlready() {
    created();

    store.watch(hash, 1, NOW);
    assertCalls(READ, WRITE);
    store.watch(hash, 1, NOW);
    assertCalls(READ);
  }

  private void created() {
    store.createIfAbsent(record, NOW);
    emulated.wire().calls();
  }

  private ImageRecord claimed() {
    created();
    ClaimResult result = store.claim(RecordSamples.claim(record, "token", NOW));
    emulated.wire().calls();
    return ((ClaimResult.Granted) result).record();
  }

  private void assertCalls(String... methods) {
    assertThat(emulated.wire().calls()).containsExactly(methods);
  }
}
