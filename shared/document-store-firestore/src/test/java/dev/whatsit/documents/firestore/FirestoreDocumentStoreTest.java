package dev.whatsit.documents.firestore;

import com.google.rpc.Code;
import dev.whatsit.contracts.DocumentStoreContract;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.faultproxy.Fault;
import dev.whatsit.faultproxy.GrpcProxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

class FirestoreDocumentStoreTest extends DocumentStoreContract {
  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private GrpcProxy proxy;
  private Emulated emulated;
  private Emulated other;

  @BeforeEach
  void open() throws Exception {
    other = Emulated.fresh(FIRESTORE.hostPort());
    proxy = GrpcProxy.to(FIRESTORE.hostPort());
    emulated = other.at(proxy.hostPort());
  }

  @AfterEach
  void close() {
    emulated.close();
    other.close();
    proxy.close();
  }

  @Override
  protected DocumentStore store() {
    return emulated.store();
  }

  @Override
  protected DocumentStore otherStore() {
    return other.store();
  }

  @Override
  protected void loseNextResponse() {
    // A code after which the client does not retry a commit.
    proxy.failNext("Firestore/Commit", Fault.loseResponse(Code.INTERNAL));
  }

  @Override
  protected AutoCloseable outage() {
    AtomicInteger calls = new AtomicInteger();
    proxy.setFaults(
        call -> calls.getAndIncrement() % 3 == 0 ? Fault.refuse(Code.UNAVAILABLE) : Fault.NONE);
    return () -> proxy.setFaults(call -> Fault.NONE);
  }

  @Override
  protected AutoCloseable hang() {
    proxy.setFaults(call -> Fault.of(Fault.Kind.HANG_BEFORE));
    return () -> proxy.setFaults(call -> Fault.NONE);
  }

  /**
   * The service promises that no document changed between the read times of one response
   * (BatchGetDocumentsResponse.read_time). The emulator reads one after the other.
   */
  @Override
  protected boolean readsAtOneMoment() {
    return false;
  }
}
