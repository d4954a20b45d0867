package dev.whatsit.classifier.vision;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.settings.Settings;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.time.Instant;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A backend with images that Vision can read, and optionally a ledger. */
final class TestBackend implements Backend, ImageStore {
  private static final DocumentStore DOCUMENTS =
      (DocumentStore)
          Proxy.newProxyInstance(
              DocumentStore.class.getClassLoader(),
              new Class<?>[] {DocumentStore.class},
              (proxy, method, arguments) -> {
                throw new AssertionError(method);
              });

  private final Set<ImageHash> gone = new HashSet<>();
  private MonthlyUnits.@Nullable Ledger ledger;
  private int opened;

  void spendFrom(MonthlyUnits.Ledger account) {
    ledger = account;
  }

  /** The last argument of {@link #spendFrom}. */
  MonthlyUnits.Ledger ledger() {
    return Objects.requireNonNull(ledger);
  }

  void remove(ImageDescription image) {
    gone.add(image.hash());
  }

  /** The number of calls that opened an image. */
  int opened() {
    return opened;
  }

  @Override
  public String name() {
    return "test";
  }

  @Override
  public Optional<ImageStore> images(Settings settings) {
    return Optional.of(this);
  }

  /** Empty: the test has its own ledger. */
  @Override
  public Optional<DocumentStore> documents(Settings settings) {
    return ledger == null ? Optional.empty() : Optional.of(DOCUMENTS);
  }

  @Override
  public Put putIfAbsent(ImageDescription description, ImageBytes content) {
    throw new AssertionError("the classifier stores nothing");
  }

  @Override
  public Optional<InputStream> open(ImageHash hash) {
    opened++;
    return gone.contains(hash)
        ? Optional.empty()
        : Optional.of(new ByteArrayInputStream(new byte[1]));
  }

  @Override
  public Optional<URI> location(ImageHash hash) {
    return Optional.of(URI.create("gs://photos/images/" + hash));
  }

  @Override
  public void delete(ImageHash hash) {
    throw new UnsupportedOperationException();
  }

  @Override
  public URI link(ImageDescription description, Instant now) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Instant linkExpiry(Instant now) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void check() {}
}
