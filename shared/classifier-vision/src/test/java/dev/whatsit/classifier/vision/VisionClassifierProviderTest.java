package dev.whatsit.classifier.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.storage.gcs.GcsBackend;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VisionClassifierProviderTest {
  private final VisionClassifierProvider provider = new VisionClassifierProvider();

  @Test
  void open_everythingWrong_namesAllOfIt() {
    Settings settings =
        Settings.of(
            Map.of(
                "VISION_FEATURES", "labels,faces",
                "VISION_MONTHLY_LIMIT", "-1",
                "VISION_ENDPOINT", "http://vision.example.com:80",
                "MIN_CONFIDENCE", "2",
                "MAX_ANNOTATIONS", "0",
                "CLASSIFIER_DEADLINE_SECONDS", "601"));

    assertThatThrownBy(() -> provider.open(settings, new GcsBackend()))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContainingAll(
            "VISION_FEATURES names \"faces\"",
            "VISION_MONTHLY_LIMIT",
            "VISION_ENDPOINT",
            "MIN_CONFIDENCE",
            "MAX_ANNOTATIONS",
            "CLASSIFIER_DEADLINE_SECONDS",
            "IMAGE_BUCKET");
  }

  @ParameterizedTest
  @ValueSource(strings = {",", "labels,", "LABELS", "labels text"})
  void open_featuresThatAreNone_refused(String features) {
    Settings settings = Settings.of(Map.of("VISION_FEATURES", features));

    assertThatThrownBy(() -> provider.open(settings, new TestBackend()))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("VISION_FEATURES");
  }

  @Test
  void open_backendWhoseImagesVisionCannotRead_refused(@TempDir Path folder) {
    Settings settings = Settings.of(Map.of("WHATSIT_DATA", folder.toString()));
    EmbeddedBackend backend = new EmbeddedBackend();
    try {
      assertThatThrownBy(() -> provider.open(settings, backend))
          .isInstanceOf(InvalidSettings.class)
          .hasMessageContaining("CLASSIFIER is vision")
          .hasMessageContaining("embedded");
    } finally {
      Backends.close(backend);
    }
  }

  @Test
  void open_ceilingWithoutALedger_refused() {
    Settings settings = Settings.of(Map.of("VISION_MONTHLY_LIMIT", "1000"));

    assertThatThrownBy(() -> provider.open(settings, new TestBackend()))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("DocumentStore");
  }

  @ParameterizedTest
  @CsvSource({
    "vision.example.com,vision.example.com:443,false",
    "eu-vision.googleapis.com:443,eu-vision.googleapis.com:443,false",
    "https://eu-vision.googleapis.com/,eu-vision.googleapis.com:443,false",
    "127.0.0.1:4444,127.0.0.1:4444,false",
    "http://127.0.0.1:4444,127.0.0.1:4444,true",
    "http://localhost:4444,localhost:4444,true",
    "http://[::1]:4444,[::1]:4444,true"
  })
  void endpoint_good_isRead(String text, String target, boolean plaintext) {
    assertThat(VisionEndpoint.parse(text)).hasValue(new VisionEndpoint(target, plaintext));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://vision.example.com:4444",
        "http://127.0.0.1.example.com:4444",
        "http://localhost.example.com:4444",
        "http://10.0.0.1:4444",
        "http://127.0.0.1",
        "ftp://127.0.0.1:21",
        "https://user@vision.example.com",
        "https://vision.example.com/v1",
        "https://vision.example.com?x=1",
        "vision.example.com:0",
        "vision.example.com:65536",
        "a b",
        "://"
      })
  void endpoint_plaintextElsewhereOrSenseless_refused(String text) {
    assertThat(VisionEndpoint.parse(text)).isEmpty();
  }
}
