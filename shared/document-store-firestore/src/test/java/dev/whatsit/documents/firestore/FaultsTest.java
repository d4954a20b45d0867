package dev.whatsit.documents.firestore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.firestore.v1.BatchGetDocumentsResponse;
import com.google.gson.JsonObject;
import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.whatsit.domain.document.Codec;
import dev.whatsit.domain.document.DocumentCollection;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.Documents;
import dev.whatsit.domain.document.Query;
import dev.whatsit.domain.document.Snapshot;
import dev.whatsit.domain.document.Step;
import dev.whatsit.domain.document.Write;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.faultproxy.Fault;
import dev.whatsit.faultproxy.GrpcProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Faults of the service: refusals, hanging calls, outages, lost responses. */
class FaultsTest {
  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final String READ = "Firestore/BatchGetDocuments";
  private static final String COMMIT = "Firestore/Commit";

  private static final Duration SHORT = Duration.ofMillis(700);

  /** Additional time, because the machine may be busy. */
  private static final Duration GRACE = Duration.ofSeconds(8);

  private static final DocumentCollection THINGS =
      new DocumentCollection("things", Set.of(), Set.of());
  private static final DocumentKey ONE = new DocumentKey(THINGS, "one");
  private static final Codec<Counter> COUNTER = Codec.of("things", Counter.class).build();

  record Counter(int count) {}

  private GrpcProxy proxy;
  private Emulated emulated;
  private FirestoreDocumentStore store;
  private Documents<Counter> counters;

  @BeforeEach
  void open() throws Exception {
    proxy = GrpcProxy.to(FIRESTORE.hostPort());
    emulated = Emulated.fresh(FIRESTORE.hostPort()).at(proxy.hostPort());
    store = emulated.store();
    counters = new Documents<>(store, COUNTER);
  }

  @AfterEach
  void close() {
    emulated.close();
    proxy.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"UNAVAILABLE", "RESOURCE_EXHAUSTED"})
  void change_responseLostAndCommittedAgainByTheClient_isMadeOnce(Code code) {
    proxy.failNext(COMMIT, Fault.loseResponse(code));
    Snapshot<Counter> created = plusOne(Snapshot.absent("one"));
    assertThat(proxy.takeCalls()).containsExactly(COMMIT, COMMIT, READ);

    proxy.failNext(COMMIT, Fault.loseResponse(code));
    Snapshot<Counter> changed = plusOne(created);

    assertThat(proxy.takeCalls()).containsExactly(COMMIT, COMMIT, READ);
    assertThat(changed.find()).hasValue(new Counter(2));
    assertThat(counters.get("one").find()).hasValue(new Counter(2));
  }

  @Test
  void change_commitReachesTheServiceTwice_isMadeOnce() {
    proxy.failNext(COMMIT, Fault.of(Fault.Kind.DUPLICATE));
    Snapshot<Counter> created = plusOne(Snapshot.absent("one"));
    proxy.failNext(COMMIT, Fault.of(Fault.Kind.DUPLICATE));
    plusOne(created);

    assertThat(counters.get("one").find()).hasValue(new Counter(2));
  }

  @Test
  void change_documentDeletedMeanwhile_startsAgainFromNothing() {
    Snapshot<Counter> seen = plusOne(Snapshot.absent("one"));
    assertThat(store.commit(List.of(counters.delete(seen)))).isPresent();

    assertThat(plusOne(seen).find()).hasValue(new Counter(1));
  }

  @ParameterizedTest
  @CsvSource({
    "PERMISSION_DENIED, roles/datastore.user",
    "UNAUTHENTICATED, roles/datastore.user",
    "NOT_FOUND, create the database",
    "UNAVAILABLE, UNAVAILABLE",
    "INVALID_ARGUMENT, INVALID_ARGUMENT"
  })
  void everyCall_refused_isATransientFailureThatSaysWhatToDo(Code code, String advice) {
    proxy.setFaults(call -> Fault.refuse(code));

    assertFails(() -> store.get(ONE), "read things/one", code.name(), advice);
    assertFails(() -> store.query(Query.in(THINGS)), "query things", code.name(), advice);
    assertFails(() -> store.count(Query.in(THINGS)), "count things", code.name(), advice);
    assertFails(() -> create(ONE), "write things/one", code.name(), advice);
  }

  @Test
  void query_indexIsMissing_saysSo() {
    proxy.setFaults(call -> Fault.refuse(Code.FAILED_PRECONDITION));

    assertFails(
        () -> store.query(Query.in(THINGS)),
        "query things",
        "FAILED_PRECONDITION",
        "firestore.indexes.json");
  }

  private static void assertFails(Runnable call, String action, String code, String advice) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(TransientFailure.class, e -> assertThat(e.retryAfter()).isEmpty())
        .hasMessageContaining(action)
        .hasMessageContaining(code)
        .hasMessageContaining(advice);
  }

  /** A bug: a commit to a missing database was taken for a conflict. */
  @Test
  void commit_databaseIsMissing_isNoConflict() {
    Snapshot<Counter> seen = plusOne(Snapshot.absent("one"));
    proxy.setFaults(call -> Fault.refuse(Code.NOT_FOUND));

    assertThatThrownBy(() -> store.commit(List.of(counters.delete(seen))))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("create the database");
  }

  @ParameterizedTest
  @CsvSource({"7.25, 7250", ", 10000"})
  void everyCall_overAQuota_saysWhenToComeBack(String advised, long expectedMillis) {
    Status.Builder status = Status.newBuilder().setCode(Code.RESOURCE_EXHAUSTED_VALUE);
    if (advised != null) {
      status.addDetails(
          Any.pack(
              RetryInfo.newBuilder()
                  .setRetryDelay(
                      com.google.protobuf.Duration.newBuilder().setSeconds(7).setNanos(250_000_000))
                  .build()));
    }
    proxy.setFaults(call -> Fault.refuse(status.build()));

    for (Runnable call : List.<Runnable>of(() -> store.get(ONE), () -> create(ONE))) {
      assertThatThrownBy(call::run)
          .isInstanceOfSatisfying(
              TransientFailure.class,
              e -> assertThat(e.retryAfter()).hasValue(Duration.ofMillis(expectedMillis)))
          .hasMessageContaining("quota");
    }
  }

  @Test
  void change_alwaysLosesTheRace_endsBoundedInCallsAndTime() {
    proxy.setFaults(call -> call.method().equals(COMMIT) ? Fault.refuse(Code.ABORTED) : Fault.NONE);
    long start = System.nanoTime();

    assertThatThrownBy(() -> plusOne(Snapshot.absent("one")))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("things/one");

    assertThat(proxy.takeCalls().stream().filter(COMMIT::equals).count()).isBetween(2L, 20L);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void get_responseThatDoesNotSayWhetherThereIsADocument_isATransientFailure() {
    proxy.failNext(READ, Fault.respond(BatchGetDocumentsResponse.getDefaultInstance()));

    assertThatThrownBy(() -> store.get(ONE))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("read things/one");
  }

  @Test
  void everyCall_connectionsAreAcceptedAndNeverRead_failsWithinItsTime() {
    try (Emulated hurried = emulated.within(SHORT)) {
      proxy.connections().stall();
      assertFailsInTime(hurried.store());
    }
  }

  @Test
  void everyCall_connectionsAreRefused_failsInTimeAndRecoversAtOnce() {
    create(ONE);
    proxy.connections().refuse();
    // Each failed attempt doubles the time that gRPC would wait before it connects again.
    for (int i = 0; i < 3; i++) {
      assertFailsInTime(store);
    }

    proxy.connections().restore();

    assertThat(store.get(ONE)).isPresent();
  }

  private void assertFailsInTime(FirestoreDocumentStore store) {
    List<Runnable> calls =
        List.of(
            () -> store.get(ONE),
            () -> store.commit(List.of(new Write.Put(ONE, new JsonObject(), null))),
            () -> store.query(Query.in(THINGS)),
            () -> store.count(Query.in(THINGS)),
            store::check);
    for (Runnable call : calls) {
      long start = System.nanoTime();
      assertThatThrownBy(call::run).isInstanceOf(TransientFailure.class);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(GRACE);
    }
  }

  @Test
  void get_threadIsInterrupted_failsAndStaysInterrupted() {
    store.check();
    proxy.setFaults(call -> Fault.of(Fault.Kind.HANG_BEFORE));
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> store.get(ONE))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("interrupted");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void close_duringCalls_eachIsAnsweredOrATransientFailure() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      CountDownLatch running = new CountDownLatch(20);
      List<Future<TransientFailure>> ends = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        ends.add(
            threads.submit(
                () -> {
                  while (true) {
                    try {
                      store.get(ONE);
                      running.countDown();
                    } catch (TransientFailure e) {
                      return e;
                    }
                  }
                }));
      }
      running.await();

      emulated.close();

      for (Future<TransientFailure> end : ends) {
        assertThat(end.get(1, TimeUnit.MINUTES)).hasMessageContaining("read things/one");
      }
      assertThatThrownBy(store::check)
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("closed");
    } finally {
      threads.shutdownNow();
    }
  }

  private void create(DocumentKey key) {
    store.commit(List.of(new Write.Put(key, new JsonObject(), null)));
  }

  private Snapshot<Counter> plusOne(Snapshot<Counter> seen) {
    return counters.change(
        seen,
        now ->
            Step.put(
                new Counter(now.find().map(Counter::count).orElse(0) + 1), written -> written));
  }
}
