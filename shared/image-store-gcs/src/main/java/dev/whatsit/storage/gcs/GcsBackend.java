package dev.whatsit.storage.gcs;

import com.google.auth.Credentials;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.cloud.NoCredentials;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.classification.ModelFiles;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.settings.Settings;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * The part of the backend named {@code google} that keeps images and thumbnails in the Cloud
 * Storage bucket {@code IMAGE_BUCKET}, signs links to them, and reads models from any bucket.
 *
 * <p>Links are valid for {@code LINK_LIFETIME_SECONDS} (3600) and are signed by {@code
 * LINK_SERVICE_ACCOUNT}, or by the account that the function runs as when that is not set. The
 * deadline of a call is {@code STORAGE_DEADLINE_SECONDS} (20). With {@code STORAGE_EMULATOR_HOST}
 * all calls go to a development server, without credentials.
 *
 * <p>Credentials are loaded, and the client is built, by the first call that needs them.
 * Thread-safe.
 */
public final class GcsBackend implements Backend, AutoCloseable {
  private final URI storage;
  private final Callable<Credentials> credentials;
  private final Map<GcsSettings, StorageClient> opened = new HashMap<>();

  /** With Google's services and the credentials of this machine. */
  public GcsBackend() {
    this(StorageClient.GOOGLE, GcsBackend::applicationDefault);
  }

  /** With the given service (a URI without a path) and credentials. */
  GcsBackend(URI storage, Callable<Credentials> credentials) {
    this.storage = storage;
    this.credentials = credentials;
  }

  /** Application Default Credentials. */
  static Credentials applicationDefault() throws IOException {
    return GoogleCredentials.getApplicationDefault()
        .createScoped(List.of("https://www.googleapis.com/auth/cloud-platform"));
  }

  @Override
  public String name() {
    return "google";
  }

  @Override
  public Optional<ImageStore> images(Settings settings) {
    return Optional.of(store(settings, ObjectArea.IMAGES));
  }

  @Override
  public Optional<ImageStore> thumbnails(Settings settings) {
    return Optional.of(store(settings, ObjectArea.THUMBNAILS));
  }

  @Override
  public Optional<ModelFiles> modelFiles(Settings settings) {
    return Optional.of(new GcsModelFiles(client(GcsSettings.read(settings))));
  }

  private GcsImageStore store(Settings settings, ObjectArea area) {
    GcsSettings read = GcsSettings.read(settings);
    return new GcsImageStore(client(read), read, area);
  }

  /** Adapters with the same settings share a client. */
  private synchronized StorageClient client(GcsSettings settings) {
    URI emulator = settings.emulator();
    // The credentials of this process are never sent to a development server.
    return opened.computeIfAbsent(
        settings,
        wanted ->
            new StorageClient(
                emulator == null ? storage : emulator,
                emulator == null ? credentials : NoCredentials::getInstance,
                StorageClient.Limits.within(wanted.deadline())));
  }

  /** Makes all later calls fail. */
  @Override
  public synchronized void close() {
    opened.values().forEach(StorageClient::close);
  }
}
