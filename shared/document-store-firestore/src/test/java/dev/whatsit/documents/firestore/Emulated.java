package dev.whatsit.documents.firestore;

import com.google.cloud.firestore.Firestore;
import com.google.cloud.firestore.FirestoreOptions;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;

/** A separate database in the emulator, and one process's store in it. */
final class Emulated implements AutoCloseable {
  private final FirestoreSettings settings;
  private final FirestoreDocumentStore store;

  private Emulated(FirestoreSettings settings, Duration maxCall) {
    this.settings = settings;
    this.store = new FirestoreDocumentStore(settings, maxCall);
  }

  static Emulated fresh(String hostPort) {
    Emulated emulated =
        new Emulated(
            new FirestoreSettings("whatsit-" + UUID.randomUUID(), "(default)", hostPort),
            FirestoreDocumentStore.MAX_CALL);
    // On a busy machine an emulator that has just started is slow to execute the first commit.
    try (Firestore client = emulated.client()) {
      client.document("warm/up").set(Map.of()).get();
    } catch (Exception e) {
      throw new IllegalStateException("the emulator does not write", e);
    }
    return emulated;
  }

  /** The same database at another address. */
  Emulated at(String hostPort) {
    return new Emulated(
        new FirestoreSettings(settings.project(), settings.database(), hostPort),
        FirestoreDocumentStore.MAX_CALL);
  }

  /** The same with other deadlines. */
  Emulated within(Duration maxCall) {
    return new Emulated(settings, maxCall);
  }

  FirestoreDocumentStore store() {
    return store;
  }

  /** Google's default client of the database, for inspecting the stored data. */
  Firestore client() {
    return FirestoreOptions.newBuilder()
        .setProjectId(settings.project())
        .setDatabaseId(settings.database())
        .setEmulatorHost(settings.emulator())
        .build()
        .getService();
  }

  @Override
  public void close() {
    store.close();
  }
}
