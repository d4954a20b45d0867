package dev.whatsit.storage.gcs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GcsBackendTest {
  private static final URI NOWHERE = URI.create("http://127.0.0.1:9");

  @Test
  void choose_onTheClassPath_isFound() {
    Backend chosen = Backends.choose(Settings.of(Map.of("WHATSIT_BACKEND", "google")));

    assertThat(chosen.name()).isEqualTo("google");
    assertThat(chosen.images(settings(Map.of()))).isPresent();
  }

  @Test
  void open_wrongSettings_areAllNamed() {
    Settings settings =
        Settings.of(
            Map.of(
                "IMAGE_BUCKET", "gs://images",
                "STORAGE_EMULATOR_HOST", "http://127.0.0.1:1/path",
                "STORAGE_DEADLINE_SECONDS", "0",
                "LINK_LIFETIME_SECONDS", "604801",
                "LINK_SERVICE_ACCOUNT", "status"));
    settings.reject("OTHER", "is wrong too");

    assertThatThrownBy(() -> new GcsBackend().images(settings))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("OTHER is wrong too")
        .hasMessageContaining("IMAGE_BUCKET is gs://images")
        .hasMessageContaining("STORAGE_EMULATOR_HOST is http://127.0.0.1:1/path")
        .hasMessageContaining("STORAGE_DEADLINE_SECONDS is 0")
        .hasMessageContaining("LINK_LIFETIME_SECONDS is 604801")
        .hasMessageContaining("LINK_SERVICE_ACCOUNT is status");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ab c", "UPPER", "-images", "images-", "a/b", "ab"})
  void open_wrongBucket_isNamed(String bucket) {
    assertThatThrownBy(() -> new GcsBackend().images(Settings.of(Map.of("IMAGE_BUCKET", bucket))))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("IMAGE_BUCKET");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://", ""})
  void open_emulator_takesEverythingWithoutCredentials(String scheme, @TempDir Path folder)
      throws Exception {
    try (LinkReader reader = new LinkReader(folder)) {
      GcsBackend backend =
          new GcsBackend(
              NOWHERE,
              () -> {
                throw new AssertionError("credentials are looked for");
              });
      Settings settings =
          settings(
              Map.of(
                  "STORAGE_EMULATOR_HOST", scheme + reader.storage().endpoint().getRawAuthority()));
      ImageStore store = backend.images(settings).orElseThrow();
      byte[] content = Samples.bytes(1, 100);
      ImageDescription image = Samples.image(content);

      store.check();
      store.putIfAbsent(image, ImageBytes.of(content));
      try (InputStream stream = store.open(image.hash()).orElseThrow()) {
        assertThat(stream.readAllBytes()).isEqualTo(content);
      }
      HttpResponse<byte[]> answer = reader.open(store.link(image, Samples.NOW), Samples.NOW);

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(content);
      assertThat(reader.storage().calls()).allMatch(call -> call.authorization().isEmpty());
    }
  }

  @Test
  void thumbnails_haveAnAreaOfTheirOwn(@TempDir Path folder) throws Exception {
    try (LinkReader reader = new LinkReader(folder)) {
      Settings settings =
          settings(Map.of("STORAGE_EMULATOR_HOST", reader.storage().endpoint().toString()));
      GcsBackend backend = new GcsBackend();
      ImageStore thumbnails = backend.thumbnails(settings).orElseThrow();
      byte[] content = Samples.bytes(1, 64);
      ImageDescription thumbnail = Samples.image(content, ImageFormat.WEBP);

      thumbnails.putIfAbsent(thumbnail, ImageBytes.of(content));

      assertThat(thumbnails.open(thumbnail.hash())).isPresent();
      assertThat(backend.images(settings).orElseThrow().open(thumbnail.hash())).isEmpty();
      assertThat(thumbnails.location(thumbnail.hash()).orElseThrow())
          .hasToString("gs://" + Samples.BUCKET + "/thumbnails/" + thumbnail.hash());
      HttpResponse<byte[]> response =
          reader.open(thumbnails.link(thumbnail, Samples.NOW), Samples.NOW);
      assertThat(response.body()).isEqualTo(content);
    }
  }

  private static Settings settings(Map<String, String> more) {
    Map<String, String> values = new HashMap<>(more);
    values.put("IMAGE_BUCKET", Samples.BUCKET);
    return Settings.of(values);
  }
}
