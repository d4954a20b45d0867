package dev.whatsit.documents.firestore;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.settings.Settings;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The part of the backend {@code google} that keeps documents in Cloud Firestore.
 *
 * <p>Settings: {@code GOOGLE_CLOUD_PROJECT}, {@code FIRESTORE_DATABASE} ({@code (default)} when it
 * is not set), and {@code FIRESTORE_EMULATOR_HOST} for Google's emulator. The client is built by
 * the first call; callers with the same settings share it. Thread-safe.
 */
public final class FirestoreBackend implements Backend, AutoCloseable {
  private final Map<FirestoreSettings, FirestoreDocumentStore> open = new HashMap<>();

  /** Opens nothing yet. */
  public FirestoreBackend() {}

  @Override
  public String name() {
    return "google";
  }

  @Override
  public synchronized Optional<DocumentStore> documents(Settings settings) {
    return Optional.of(
        open.computeIfAbsent(
            FirestoreSettings.read(settings),
            read -> new FirestoreDocumentStore(read, FirestoreDocumentStore.MAX_CALL)));
  }

  /** Closes the clients. Running calls and all later calls fail. */
  @Override
  public synchronized void close() {
    open.values().forEach(FirestoreDocumentStore::close);
    open.clear();
  }
}
