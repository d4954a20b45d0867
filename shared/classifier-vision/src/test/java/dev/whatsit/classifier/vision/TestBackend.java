package dev.whatsit.classifier.vision;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.image.SignedLink;
import dev.whatsit.domain.record.SpendingLedger;
import dev.whatsit.domain.settings.Settings;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Images that Vision can read, and a ledger where there is one. */
final class TestBackend implements Backend, ImageStore {
  private final Set<ImageHash> gone = new HashSet<>();
  private @Nullable SpendingLedger ledger;
  private int opened;

  void spendFrom(SpendingLedger account) {
    ledger = account;
  }

  void remove(ImageDescription image) {
    gone.add(image.hash());
  }

  /** How often an image's bytes were asked for. */
  int opened() {
    return opened;
  }

  @Override
  public String name() {
    return "test";
  }

  @Override
  public <P> Optional<P> open(Class<P> port, Settings settings) {
    if (port == ImageStore.class) {
      return Optional.of(port.cast(this));
    }
    return port == SpendingLedger.class
        ? Optional.ofNullable(ledger).map(port::cast)
        : Optional.empty();
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
  public SignedLink link(ImageDescription description, Instant now) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void check() {}
}
