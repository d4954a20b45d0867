package dev.whatsit.contracts;

import dev.whatsit.domain.document.Document;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.document.Query;
import dev.whatsit.domain.document.Version;
import dev.whatsit.domain.document.Write;
import dev.whatsit.domain.failure.TransientFailure;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Wraps a store, records the name of each call and, when a test asks for it, loses the response of
 * the next commit. Thread-safe.
 */
public final class FaultyDocumentStore implements DocumentStore {
  private enum Fault {
    NONE,
    REFUSED,
    THROWS,
    CONFLICT
  }

  private static final Runnable NOTHING = () -> {};

  private final DocumentStore store;
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final AtomicReference<Fault> next = new AtomicReference<>(Fault.NONE);
  private final AtomicReference<Runnable> before = new AtomicReference<>(NOTHING);
  private final AtomicReference<Runnable> after = new AtomicReference<>(NOTHING);

  /** Wraps a store. */
  public FaultyDocumentStore(DocumentStore store) {
    this.store = store;
  }

  /** The names of the calls since the last call of this method, in order. */
  public List<String> take() {
    List<String> taken = List.copyOf(calls);
    calls.clear();
    return taken;
  }

  /** Makes the next commit succeed, but its caller gets a {@link TransientFailure}. */
  public void loseNextResponse() {
    next.set(Fault.THROWS);
  }

  /**
   * Makes the next commit succeed, but its caller gets a conflict, as if the response was lost and
   * the client's retry found its own write.
   */
  public void reportNextCommitAsConflict() {
    next.set(Fault.CONFLICT);
  }

  /** Makes the next commit write nothing and report a conflict, as contention does. */
  public void refuseNextCommit() {
    next.set(Fault.REFUSED);
  }

  /** Runs a step just before the next commit, once. */
  public void beforeNextCommit(Runnable step) {
    before.set(step);
  }

  /** Runs a step just after the next commit, before its caller gets the response; once. */
  public void afterNextCommit(Runnable step) {
    after.set(step);
  }

  @Override
  public Optional<Document> get(DocumentKey key) {
    calls.add("get");
    return store.get(key);
  }

  @Override
  public List<Document> getAll(List<DocumentKey> keys) {
    calls.add("getAll");
    return store.getAll(keys);
  }

  @Override
  public Optional<List<Version>> commit(List<Write> writes) {
    calls.add("commit");
    Fault fault = next.getAndSet(Fault.NONE);
    if (fault == Fault.REFUSED) {
      return Optional.empty();
    }
    before.getAndSet(NOTHING).run();
    Optional<List<Version>> versions = store.commit(writes);
    after.getAndSet(NOTHING).run();
    if (fault == Fault.THROWS) {
      throw new TransientFailure("commit lost by the test");
    }
    return fault == Fault.CONFLICT ? Optional.empty() : versions;
  }

  @Override
  public List<Document> query(Query query) {
    calls.add("query");
    return store.query(query);
  }

  @Override
  public long count(Query query) {
    calls.add("count");
    return store.count(query);
  }

  @Override
  public void check() {
    calls.add("check");
    store.check();
  }
}
