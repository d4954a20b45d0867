package dev.whatsit.firestore;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.SpendingLedger;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The part of the backend {@code google} that offers the {@link RecordStore}, the {@link
 * ThumbnailRecords}, the {@link SpendingLedger}, the {@link CallbackStore} and the {@link
 * BatchStore}, over Cloud Firestore.
 *
 * <p>Settings: {@code GOOGLE_CLOUD_PROJECT}, {@code FIRESTORE_DATABASE} ({@code (default)} when it
 * is not set), and {@code FIRESTORE_EMULATOR_HOST} for Google's emulator. Nothing is connected to
 * before the first call that needs it. Functions that are given the same object share its
 * connection. Safe for use by several threads.
 */
public final class FirestoreBackend implements Backend, AutoCloseable {
  private final Map<FirestoreSettings, Stores> open = new HashMap<>();

  /** Opens nothing yet. */
  public FirestoreBackend() {}

  @Override
  public String name() {
    return "google";
  }

  @Override
  public <P> Optional<P> open(Class<P> port, Settings settings) {
    if (port == RecordStore.class) {
      return Optional.of(port.cast(stores(settings).records()));
    }
    if (port == ThumbnailRecords.class) {
      return Optional.of(port.cast(stores(settings).thumbnails()));
    }
    if (port == BatchStore.class) {
      return Optional.of(port.cast(stores(settings).batches()));
    }
    if (port == SpendingLedger.class) {
      return Optional.of(port.cast(stores(settings).spending()));
    }
    if (port == CallbackStore.class) {
      return Optional.of(port.cast(stores(settings).callbacks()));
    }
    return Optional.empty();
  }

  private synchronized Stores stores(Settings settings) {
    return open.computeIfAbsent(FirestoreSettings.read(settings), Stores::of);
  }

  /** Closes what it opened, and ends calls under way. What was handed out no longer works. */
  @Override
  public synchronized void close() {
    open.values().forEach(stores -> stores.connection().close());
    open.clear();
  }

  private record Stores(
      FirestoreConnection connection,
      RecordStore records,
      ThumbnailRecords thumbnails,
      SpendingLedger spending,
      CallbackStore callbacks,
      BatchStore batches) {
    static Stores of(FirestoreSettings settings) {
      FirestoreConnection connection =
          new FirestoreConnection(settings, FirestoreConnection.LONGEST_CALL);
      Documents documents = new Documents(connection, settings.databaseName());
      return new Stores(
          connection,
          new FirestoreRecordStore(documents),
          new FirestoreThumbnailRecords(documents),
          new FirestoreSpendingLedger(documents),
          new FirestoreCallbackStore(documents),
          new FirestoreBatchStore(documents));
    }
  }
}
