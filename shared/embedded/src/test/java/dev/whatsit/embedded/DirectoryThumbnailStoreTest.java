package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.ImageStoreContract;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
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
class DirectoryThumbnailStoreTest extends ImageStoreContract {
  private final EmbeddedBackend backend = new EmbeddedBackend();
  private Settings settings;

  @BeforeEach
  void open(@TempDir Path folder) {
    settings =
        Settings.of(
            Map.of(
                "WHATSIT_DATA",
                folder.resolve("data").toString(),
                "LINK_LIFETIME_SECONDS",
                Long.toString(LinkFollower.LIFETIME.toSeconds())));
  }

  @AfterEach
  void close() throws IOException {
    backend.close();
  }

  @Override
  protected ImageStore store() {
    return backend.thumbnails(settings).orElseThrow();
  }

  @Override
  protected Duration linkLifetime() {
    return LinkFollower.LIFETIME;
  }

  @Override
  protected Optional<String> follow(URI link, Instant now) {
    return LinkFollower.follow(backend.stores(settings).thumbnailLinks(), link, now);
  }

  @Test
  void put_thumbnail_isNoImage() {
    byte[] content = Samples.bytes(1, 100);
    ImageDescription thumbnail = Samples.image(content);

    store().putIfAbsent(thumbnail, ImageBytes.of(content));

    assertThat(backend.images(settings).orElseThrow().open(thumbnail.hash())).isEmpty();
  }

  @Test
  void link_toAThumbnail_opensNoImage() {
    ImageDescription thumbnail = Samples.image(1);

    URI link = store().link(thumbnail, Samples.NOW).uri();

    assertThat(link.toString()).startsWith("/v1/thumbnails/" + thumbnail.hash() + "?");
    assertThat(LinkFollower.follow(backend.stores(settings).links(), link, Samples.NOW)).isEmpty();
  }
}
