package dev.whatsit.documents.firestore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.rpc.Code;
import dev.whatsit.domain.document.DocumentCollection;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.Query;
import dev.whatsit.domain.document.Version;
import dev.whatsit.domain.document.Write;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.faultproxy.Fault;
import dev.whatsit.faultproxy.GrpcProxy;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Counts the remote calls of each operation, because each one costs money and time. */
class RemoteCallsTest {
  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final String READ = "Firestore/BatchGetDocuments";
  private static final String QUERY = "Firestore/RunQuery";
  private static final String COUNT = "Firestore/RunAggregationQuery";
  private static final String COMMIT = "Firestore/Commit";

  private static final DocumentCollection THINGS =
      new DocumentCollection("things", Set.of("at"), Set.of());
  private static final DocumentKey ONE = new DocumentKey(THINGS, "one");
  private static final DocumentKey TWO = new DocumentKey(THINGS, "two");

  private GrpcProxy proxy;
  private Emulated emulated;
  private FirestoreDocumentStore store;

  @BeforeEach
  void open() throws Exception {
    proxy = GrpcProxy.to(FIRESTORE.hostPort());
    emulated = Emulated.fresh(FIRESTORE.hostPort()).at(proxy.hostPort());
    store = emulated.store();
  }

  @AfterEach
  void close() {
    emulated.close();
    proxy.close();
  }

  @Test
  void everyMethod_takesOne() {
    List<Version> versions = store.commit(List.of(put(ONE, null), put(TWO, null))).orElseThrow();
    assertCalls(COMMIT);
    store.commit(List.of(put(ONE, versions.get(0)), new Write.Delete(TWO, versions.get(1))));
    assertCalls(COMMIT);
    assertThat(store.commit(List.of(put(ONE, null)))).isEmpty();
    assertCalls(COMMIT);
    assertThat(store.get(ONE)).isPresent();
    assertCalls(READ);
    assertThat(store.get(TWO)).isEmpty();
    assertCalls(READ);
    assertThat(store.getAll(List.of(ONE, TWO))).hasSize(1);
    assertCalls(READ);
    assertThat(store.query(Query.in(THINGS).upTo("at", Instant.now()))).isEmpty();
    assertCalls(QUERY);
    assertThat(store.count(Query.in(THINGS))).isEqualTo(1);
    assertCalls(COUNT);
    store.check();
    assertCalls(READ);
  }

  @Test
  void getAll_noKeys_takesNone() {
    assertThat(store.getAll(List.of())).isEmpty();

    assertCalls();
  }

  @ParameterizedTest
  @EnumSource(names = {"UNAVAILABLE", "INTERNAL"})
  void read_serviceFailsOnce_isRetried(Code code) {
    store.commit(List.of(put(ONE, null)));
    assertCalls(COMMIT);

    proxy.failNext(READ, Fault.refuse(code));
    assertThat(store.get(ONE)).isPresent();
    assertCalls(READ, READ);

    proxy.failNext(QUERY, Fault.refuse(code));
    assertThat(store.query(Query.in(THINGS))).hasSize(1);
    assertCalls(QUERY, QUERY);

    proxy.failNext(COUNT, Fault.refuse(code));
    assertThat(store.count(Query.in(THINGS))).isEqualTo(1);
    assertCalls(COUNT, COUNT);
  }

  @ParameterizedTest
  @EnumSource(names = {"UNAVAILABLE", "RESOURCE_EXHAUSTED"})
  void commit_serviceFailsOnce_isRetried(Code code) {
    proxy.failNext(COMMIT, Fault.refuse(code));

    assertThat(store.commit(List.of(put(ONE, null)))).isPresent();

    assertCalls(COMMIT, COMMIT);
  }

  @Test
  void everyMethod_serviceFailsAlways_isTriedFourTimes() {
    proxy.setFaults(call -> Fault.refuse(Code.UNAVAILABLE));

    assertThatThrownBy(() -> store.commit(List.of(put(ONE, null))))
        .isInstanceOf(TransientFailure.class);
    assertCalls(COMMIT, COMMIT, COMMIT, COMMIT);
    assertThatThrownBy(() -> store.get(ONE)).isInstanceOf(TransientFailure.class);
    assertCalls(READ, READ, READ, READ);
  }

  @ParameterizedTest
  @CsvSource({"DROP_BEFORE, true", "DROP_AFTER, false"})
  void commit_connectionLost_isRetried(Fault.Kind kind, boolean written) {
    proxy.failNext(COMMIT, Fault.of(kind));

    assertThat(store.commit(List.of(put(ONE, null))).isPresent()).isEqualTo(written);

    assertCalls(COMMIT, COMMIT);
    assertThat(store.get(ONE)).isPresent();
  }

  private static Write put(DocumentKey key, @Nullable Version expected) {
    return new Write.Put(key, new JsonObject(), expected);
  }

  private void assertCalls(String... methods) {
    assertThat(proxy.takeCalls()).containsExactly(methods);
  }
}
