package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.ImageStoreContract;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.settings.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Thumbnails as the backend offers them. */
class DirectoryThumbnailStoreTest extends ImageStoreContract {
  private final EmbeddedBackend backend = new EmbeddedBackend();
  private Settings settings;

  @BeforeEach
  void open(@TempDir Path folder) {
    settings = Settings.of(Map.of("WHATSIT_DATA", folder.resolve("data").toString()));
  }

  @AfterEach
  void close() throws IOException {
    backend.close();
  }

  @Override
  protected ImageStore store() {
    return backend.thumbnails(settings).orElseThrow();
  }

  @Test
  void put_thumbnail_isNoImage() {
    byte[] content = Samples.bytes(1, 100);
    ImageDescription thumbnail = Samples.image(content);

    store().putIfAbsent(thumbnail, ImageBytes.of(content));

    assertThat(backend.images(settings).orElseThrow().open(thumbnail.hash())).isEmpty();
  }

  @Test
  void sign_thumbnail_opensNoImage() {
    ImageDescription thumbnail = Samples.image(1);
    String link =
        backend
            .thumbnailLinks(settings)
            .orElseThrow()
            .sign(thumbnail, Samples.NOW)
            .uri()
            .toString();
    String expires = link.replaceAll(".*expires=([0-9]+).*", "$1");
    String signature = link.replaceAll(".*signature=", "");
    EmbeddedStores stores = backend.stores(settings);

    assertThat(link).startsWith("/v1/thumbnails/" + thumbnail.hash() + "?");
    assertThat(stores.thumbnailLinks().verify(thumbnail.hash(), expires, signature, Samples.NOW))
        .isPresent();
    assertThat(stores.links().verify(thumbnail.hash(), expires, signature, Samples.NOW)).isEmpty();
  }
}
