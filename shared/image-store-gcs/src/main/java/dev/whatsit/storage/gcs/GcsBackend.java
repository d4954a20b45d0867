package dev.whatsit.storage.gcs;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.classification.ModelFiles;
import dev.whatsit.domain.image.ImageLinks;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.rest.GoogleAccess;
import dev.whatsit.rest.RemoteLimits;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The part of the backend named {@code google} that keeps images and thumbnails in the Cloud
 * Storage bucket {@code IMAGE_BUCKET}, signs links to them, and reads models from any bucket.
 *
 * <p>Links live for {@code LINK_LIFETIME_SECONDS} (3600) and are signed by {@code
 * LINK_SERVICE_ACCOUNT}, or by the account that the function runs as when that is not set. A call
 * takes {@code STORAGE_DEADLINE_SECONDS} (20) at most. With {@code STORAGE_EMULATOR_HOST}
 * everything goes to a server for development, without credentials.
 *
 * <p>Neither credentials nor a client are looked for before the first call that needs them. Safe
 * for use by several threads.
 */
public final class GcsBackend implements Backend {
  private static final URI STORAGE = URI.create("https://storage.googleapis.com");
  private static final URI IAM = URI.create("https://iamcredentials.googleapis.com");

  private final URI storage;
  private final URI iam;
  private final GoogleAccess credentials;
  private final Map<GcsSettings, Remote> opened = new HashMap<>();

  /** With Google's services and the credentials of this machine. */
  public GcsBackend() {
    this(STORAGE, IAM, GoogleAccess.ofThisProcess());
  }

  GcsBackend(URI storage, URI iam, GoogleAccess.Source credentials) {
    this(storage, iam, new GoogleAccess(credentials));
  }

  /** With services, named without a path, and credentials of the caller's. */
  GcsBackend(URI storage, URI iam, GoogleAccess credentials) {
    this.storage = storage;
    this.iam = iam;
    this.credentials = credentials;
  }

  @Override
  public String name() {
    return "google";
  }

  @Override
  public Optional<ImageStore> images(Settings settings) {
    return Optional.of(store(settings, ImageObjects.Area.IMAGES));
  }

  @Override
  public Optional<ImageStore> thumbnails(Settings settings) {
    return Optional.of(store(settings, ImageObjects.Area.THUMBNAILS));
  }

  @Override
  public Optional<ModelFiles> modelFiles(Settings settings) {
    GcsSettings read = GcsSettings.read(settings);
    return Optional.of(new GcsModelFiles(new StoredObjects(endpoint(read), remote(read).calls())));
  }

  @Override
  public Optional<ImageLinks> imageLinks(Settings settings) {
    return Optional.of(links(settings, ImageObjects.Area.IMAGES));
  }

  @Override
  public Optional<ImageLinks> thumbnailLinks(Settings settings) {
    return Optional.of(links(settings, ImageObjects.Area.THUMBNAILS));
  }

  private GcsImageStore store(Settings settings, ImageObjects.Area area) {
    GcsSettings read = GcsSettings.read(settings);
    return new GcsImageStore(endpoint(read), read.bucket(), area, remote(read).calls());
  }

  private SignedLinks links(Settings settings, ImageObjects.Area area) {
    GcsSettings read = GcsSettings.read(settings);
    Remote remote = remote(read);
    return new SignedLinks(
        endpoint(read),
        read.bucket(),
        area,
        read.linkLifetime(),
        () -> remote.access().signer(remote.calls()));
  }

  private URI endpoint(GcsSettings settings) {
    URI emulator = settings.emulator();
    return emulator == null ? storage : emulator;
  }

  /** Adapters with the same settings share their credentials. */
  private synchronized Remote remote(GcsSettings settings) {
    return opened.computeIfAbsent(
        settings,
        wanted -> {
          Access access = new Access(wanted, iam, credentials);
          return new Remote(
              access,
              new StorageCalls(RemoteLimits.within(wanted.deadline()), access::authorization));
        });
  }

  private record Remote(Access access, StorageCalls calls) {}
}
