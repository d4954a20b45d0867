package dev.whatsit.storage.gcs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.ImageStoreContract;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.settings.Settings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The backend's thumbnail store. */
class GcsThumbnailStoreTest extends ImageStoreContract {
  private final GcsBackend backend = new GcsBackend();
  private LinkReader reader;

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    reader = new LinkReader(folder);
  }

  @AfterEach
  void stop() {
    reader.close();
  }

  @Override
  protected ImageStore store() {
    return backend.thumbnails(settings()).orElseThrow();
  }

  @Override
  protected Duration linkLifetime() {
    return Samples.LINK_LIFETIME;
  }

  @Override
  protected Optional<String> follow(URI link, Instant now) throws Exception {
    return reader.follow(link, now);
  }

  private Settings settings() {
    return Settings.of(
        Map.of(
            "IMAGE_BUCKET",
            Samples.BUCKET,
            "STORAGE_EMULATOR_HOST",
            reader.storage().endpoint().toString(),
            "LINK_LIFETIME_SECONDS",
            Long.toString(Samples.LINK_LIFETIME.toSeconds())));
  }

  @Test
  void put_thumbnail_isNoImage() {
    byte[] content = Samples.bytes(1, 64);
    ImageDescription thumbnail = Samples.image(content, ImageFormat.WEBP);

    store().putIfAbsent(thumbnail, ImageBytes.of(content));

    assertThat(backend.images(settings()).orElseThrow().open(thumbnail.hash())).isEmpty();
    assertThat(store().location(thumbnail.hash()).orElseThrow())
        .hasToString("gs://" + Samples.BUCKET + "/thumbnails/" + thumbnail.hash());
  }

  @Test
  void link_toAThumbnail_leadsToItsObject() {
    ImageDescription thumbnail = Samples.image(Samples.bytes(1, 64), ImageFormat.WEBP);

    assertThat(store().link(thumbnail, Samples.NOW).uri().getPath())
        .isEqualTo("/" + Samples.BUCKET + "/thumbnails/" + thumbnail.hash());
  }
}
