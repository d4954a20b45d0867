package dev.whatsit.storage.gcs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage.BlobTargetOption;
import dev.whatsit.domain.classification.ModelFiles;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.storage.fake.FakeStorage;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GcsModelFilesTest {
  private static final String MODELS = "our-models";

  private FakeStorage storage;
  private ModelFiles files;

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    storage = FakeStorage.start(folder, 0, InstantSource.system(), Set.of(Samples.BUCKET, MODELS));
    files =
        new GcsBackend()
            .modelFiles(
                Settings.of(
                    Map.of(
                        "IMAGE_BUCKET",
                        Samples.BUCKET,
                        "STORAGE_EMULATOR_HOST",
                        storage.endpoint().toString())))
            .orElseThrow();
  }

  @AfterEach
  void stop() {
    storage.close();
  }

  @Test
  void open_objectInAFolderOfAnotherBucket_isRead() throws Exception {
    upload("v2/labels.txt", "cat");

    try (InputStream in = files.open(URI.create("gs://our-models/v2/labels.txt")).orElseThrow()) {
      assertThat(in.readAllBytes()).isEqualTo("cat".getBytes(UTF_8));
    }
  }

  @Test
  void open_noSuchObject_isEmpty() {
    assertThat(files.open(URI.create("gs://our-models/absent"))).isEmpty();
  }

  @Test
  void open_noSuchBucket_saysSo() {
    assertThatThrownBy(() -> files.open(URI.create("gs://other/labels.txt")))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("cannot open gs://other/labels.txt")
        .hasMessageContaining("bucket does not exist");
  }

  @ParameterizedTest
  @ValueSource(strings = {"s3://our-models/a", "gs://our-models", "gs://our-models/", "gs:///a"})
  void open_anotherKindOfAddress_isRefused(String location) {
    assertThatThrownBy(() -> files.open(URI.create(location)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gs://bucket/name");
    assertThat(storage.calls()).isEmpty();
  }

  private void upload(String name, String content) {
    Samples.client(storage.endpoint(), Samples.PATIENT)
        .call(
            "upload",
            client ->
                client.create(
                    BlobInfo.newBuilder(MODELS, name).build(),
                    content.getBytes(UTF_8),
                    BlobTargetOption.disableGzipContent()));
  }
}
