package dev.whatsit.firestore;

import static dev.whatsit.firestore.RecordSamples.CLASSIFIED;
import static dev.whatsit.firestore.RecordSamples.ERROR;
import static dev.whatsit.firestore.RecordSamples.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.CreateResult;
import dev.whatsit.domain.record.FinishResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The service refuses, hangs, and loses answers. */
class FaultsTest {
  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final Duration SHORT = Duration.ofMillis(600);

  /** Far above what is allowed: the machine may be busy. */
  private static final Duration GRACE = Duration.ofSeconds(8);

  private static final List<Wire.Fate> FATES =
      List.of(
          new Wire.Fate.Refused(Code.UNAVAILABLE),
          new Wire.Fate.Refused(Code.RESOURCE_EXHAUSTED),
          new Wire.Fate.Refused(Code.ABORTED),
          new Wire.Fate.Refused(Code.PERMISSION_DENIED),
          new Wire.Fate.Lost(Code.UNAVAILABLE),
          new Wire.Fate.Lost(Code.INTERNAL),
          new Wire.Fate.Lost(Code.DEADLINE_EXCEEDED),
          new Wire.Fate.Lost(Code.ABORTED),
          new Wire.Fate.Lost(Code.UNKNOWN));

  private final ImageRecord record = RecordSamples.queued(1);

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void everyCall_faultsAtRandom_repeatedUntilAnsweredHappensOnce(long seed) {
    Random random = new Random(seed);
    int[] faults = {0};
    try (Emulated emulated = Emulated.fresh(FIRESTORE.hostPort())) {
      emulated
          .wire()
          .decideBy(
              method -> {
                if (random.nextInt(3) != 0) {
                  return new Wire.Fate.Passed();
                }
                faults[0]++;
                return FATES.get(random.nextInt(FATES.size()));
              });
      RecordStore store = emulated.records();
      for (int round = 0; round < 10; round++) {
        lifeOf(store, RecordSamples.queued(seed * 1000 + round));
      }
    }
    assertThat(faults[0]).isGreaterThan(50);
  }

  /** Two runs: the first is put off, given back and fails, the second is classified. */
  private static void lifeOf(RecordStore store, ImageRecord first) {
    ImageHash hash = first.hash();
    Instant due = NOW.plusSeconds(600);

    assertThat(answered(() -> store.createIfAbsent(first, NOW)))
        .isEqualTo(new CreateResult.Created(first));
    claim(store, first, "one", NOW);
    assertWritten(answered(() -> store.defer(hash, "one", "QUOTA_USED_UP", due, NOW)));
    claim(store, first, "two", due);
    assertWritten(answered(() -> store.release(hash, "two", due)));
    claim(store, first, "three", due);
    assertWritten(answered(() -> store.finish(hash, "three", new Outcome.Failed(ERROR), due)));
    answered(() -> store.retry(hash, due));
    answered(
        () -> {
          store.confirmQueued(hash, 2, "again", due);
          return true;
        });
    ImageRecord queued = answered(() -> store.find(hash, due)).orElseThrow();
    claim(store, queued, "four", due);
    assertWritten(answered(() -> store.finish(hash, "four", CLASSIFIED, due)));

    ImageRecord last = answered(() -> store.find(hash, due)).orElseThrow();
    assertThat(last.run()).isEqualTo(2);
    assertThat(last.attempts()).isEqualTo(1);
    // Eleven writes, each made once.
    assertThat(last.revision()).isEqualTo(11);
  }

  private static void claim(RecordStore store, ImageRecord record, String token, Instant now) {
    assertThat(answered(() -> store.claim(RecordSamples.claim(record, token, now))))
        .isInstanceOf(ClaimResult.Granted.class);
  }

  private static void assertWritten(FinishResult result) {
    assertThat(result).isInstanceOf(FinishResult.Written.class);
  }

  private static <T> T answered(Supplier<T> call) {
    while (true) {
      try {
        return call.get();
      } catch (TransientFailure e) {
        // Not known whether it was done: that is what is repeated here.
        assertThat(e).hasMessageMatching("(?s).+");
      }
    }
  }

  @Test
  void create_connectionLostInTheMomentOfTheCall_isMadeAgain() {
    try (Emulated emulated = Emulated.fresh(FIRESTORE.hostPort())) {
      boolean[] closed = {false};
      emulated
          .wire()
          .decideBy(
              method -> {
                if (closed[0]) {
                  return new Wire.Fate.Passed();
                }
                closed[0] = true;
                return new Wire.Fate.Refused(new SocketException("Connection reset"));
              });

      assertThat(emulated.records().createIfAbsent(record, NOW))
          .isEqualTo(new CreateResult.Created(record));

      assertThat(emulated.wire().calls()).containsExactly(Wire.COMMIT, Wire.COMMIT);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PERMISSION_DENIED, roles/datastore.user",
    "UNAUTHENTICATED, roles/datastore.user",
    "NOT_FOUND, create the database",
    "UNAVAILABLE, UNAVAILABLE",
    "INVALID_ARGUMENT, INVALID_ARGUMENT"
  })
  void find_refused_failsForNowAndSaysWhatToDo(Code code, String said) {
    try (Emulated emulated = Emulated.fresh(FIRESTORE.hostPort(), SHORT)) {
      refuse(emulated, code);

      assertThatThrownBy(() -> emulated.records().find(record.hash(), NOW))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("find record " + record.hash())
          .hasMessageContaining(code.name())
          .hasMessageContaining(said);
    }
  }

  @Test
  void find_overAQuota_saysWhenToComeBack() {
    try (Emulated emulated = Emulated.fresh(FIRESTORE.hostPort(), SHORT)) {
      refuse(emulated, Code.RESOURCE_EXHAUSTED);

      assertThatThrownBy(() -> emulated.records().find(record.hash(), NOW))
          .isInstanceOfSatisfying(
              TransientFailure.class, e -> assertThat(e.retryAfter()).isPresent());
    }
  }

  @Test
  void list_indexIsMissing_saysSo() {
    try (Emulated emulated = Emulated.fresh(FIRESTORE.hostPort(), SHORT)) {
      refuse(emulated, Code.FAILED_PRECONDITION);

      assertThatThrownBy(() -> emulated.records().list(null, null, 1, NOW))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("list records")
          .hasMessageContaining("firestore.indexes.json");
    }
  }

  @Test
  void claim_alwaysLosesTheRace_endsBoundedInCallsAndTime() {
    try (Emulated emulated = Emulated.fresh(FIRESTORE.hostPort(), SHORT)) {
      emulated.wire().decideBy(FaultsTest::aborted);
      long start = System.nanoTime();

      assertThatThrownBy(() -> emulated.records().claim(RecordSamples.claim(record, "token", NOW)))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("claim record " + record.hash());

      assertThat(Collections.frequency(emulated.wire().calls(), Wire.COMMIT)).isBetween(2, 20);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(GRACE);
    }
  }

  private static Wire.Fate aborted(String method) {
    return method.equals(Wire.COMMIT)
        ? new Wire.Fate.Refused(Code.ABORTED)
        : new Wire.Fate.Passed();
  }

  @Test
  void everyCall_serverThatNeverAnswers_failsWithinItsTime() throws IOException {
    // The backlog takes the connection, nobody reads from it.
    try (ServerSocket silent = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        Emulated emulated = Emulated.fresh("127.0.0.1:" + silent.getLocalPort(), SHORT)) {
      assertFails(emulated);
    }
  }

  @Test
  void everyCall_nobodyListens_failsWithinItsTime() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    try (Emulated emulated = Emulated.fresh("127.0.0.1:" + port, SHORT)) {
      assertFails(emulated);
    }
  }

  @Test
  void close_duringCalls_eachIsAnsweredOrFailsForNow() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (Emulated emulated = Emulated.fresh(FIRESTORE.hostPort())) {
      RecordStore store = emulated.records();
      CountDownLatch underWay = new CountDownLatch(20);
      List<Future<TransientFailure>> ends = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        ends.add(threads.submit(() -> readUntilItFails(store, underWay)));
      }
      underWay.await();

      emulated.close();

      for (Future<TransientFailure> end : ends) {
        assertThat(end.get(1, TimeUnit.MINUTES)).hasMessageMatching("(?s).+");
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private TransientFailure readUntilItFails(RecordStore store, CountDownLatch underWay) {
    while (true) {
      try {
        store.find(record.hash(), NOW);
        underWay.countDown();
      } catch (TransientFailure e) {
        return e;
      }
    }
  }

  private void assertFails(Emulated emulated) {
    RecordStore store = emulated.records();
    List<Runnable> calls =
        List.of(
            () -> store.find(record.hash(), NOW),
            () -> store.createIfAbsent(record, NOW),
            () -> store.claim(RecordSamples.claim(record, "token", NOW)),
            () -> store.finish(record.hash(), "token", CLASSIFIED, NOW),
            () -> store.list(null, null, 1, NOW),
            () -> emulated.spending().reserve("vision-2026-11", 1, 1),
            store::checkReachable);
    for (Runnable call : calls) {
      long start = System.nanoTime();
      assertThatThrownBy(call::run).isInstanceOf(TransientFailure.class);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(GRACE);
    }
  }

  private static void refuse(Emulated emulated, Code code) {
    emulated.wire().decideBy(method -> new Wire.Fate.Refused(code));
  }
}
