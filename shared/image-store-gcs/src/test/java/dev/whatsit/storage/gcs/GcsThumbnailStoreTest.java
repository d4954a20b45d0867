package dev.whatsit.storage.gcs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.ImageStoreContract;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.storage.fake.FakeStorage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Thumbnails as the backend offers them. */
class GcsThumbnailStoreTest extends ImageStoreContract {
  private final GcsBackend backend = new GcsBackend();
  private FakeStorage storage;

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    storage = FakeStorage.start(folder, 0, Clock.systemUTC(), Set.of(Samples.BUCKET));
  }

  @AfterEach
  void stop() {
    storage.close();
  }

  @Override
  protected ImageStore store() {
    return backend.thumbnails(settings()).orElseThrow();
  }

  private Settings settings() {
    return Settings.of(
        Map.of(
            "IMAGE_BUCKET",
            Samples.BUCKET,
            "STORAGE_EMULATOR_HOST",
            storage.endpoint().toString()));
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
  void sign_thumbnail_leadsToItsObject() {
    ImageDescription thumbnail = Samples.image(Samples.bytes(1, 64), ImageFormat.WEBP);

    assertThat(
            backend
                .thumbnailLinks(settings())
                .orElseThrow()
                .sign(thumbnail, Samples.NOW)
                .uri()
                .getPath())
        .isEqualTo("/" + Samples.BUCKET + "/thumbnails/" + thumbnail.hash());
    assertThat(
            backend
                .imageLinks(settings())
                .orElseThrow()
                .sign(thumbnail, Samples.NOW)
                .uri()
                .getPath())
        .isEqualTo("/" + Samples.BUCKET + "/images/" + thumbnail.hash());
  }
}
