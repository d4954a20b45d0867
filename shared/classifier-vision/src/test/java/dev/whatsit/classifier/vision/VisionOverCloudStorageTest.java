package dev.whatsit.classifier.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.storage.fake.FakeStorage;
import dev.whatsit.vision.fake.FakeVision;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VisionOverCloudStorageTest {
  private static final String BUCKET = "photos";
  private static final byte[] CONTENT = {1, 2, 3};
  private static final ImageDescription IMAGE =
      new ImageDescription(
          ImageHash.ofDigest(ImageHash.newDigest().digest(CONTENT)),
          ImageFormat.JPEG,
          CONTENT.length,
          640,
          480);

  private FakeStorage storage;
  private FakeVision vision;
  private ImageStore images;
  private Classifier classifier;

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    storage = FakeStorage.start(folder, 0, Clock.systemUTC(), Set.of(BUCKET));
    vision = FakeVision.start();
    Settings settings =
        Settings.of(
            Map.of(
                "WHATSIT_BACKEND",
                "google",
                "IMAGE_BUCKET",
                BUCKET,
                "STORAGE_EMULATOR_HOST",
                storage.endpoint().toString(),
                "VISION_ENDPOINT",
                vision.endpoint()));
    Backend backend = Backends.choose(settings);
    images = backend.images(settings).orElseThrow();
    classifier = new VisionClassifierProvider().open(settings, backend);
  }

  @AfterEach
  void stop() {
    classifier.close();
    vision.close();
    storage.close();
  }

  @Test
  void classify_storedImage_namesTheObjectAndMovesNoBytes() {
    images.putIfAbsent(IMAGE, ImageBytes.of(CONTENT));
    storage.forgetCalls();

    classifier.classify(IMAGE);

    assertThat(vision.requests().get(0).getRequests(0).getImage().getSource().getImageUri())
        .isEqualTo("gs://photos/images/" + IMAGE.hash());
    assertThat(vision.requests().get(0).getRequests(0).getImage().getContent().isEmpty()).isTrue();
    assertThat(storage.calls()).isEmpty();
  }

  @Test
  void classify_objectThatIsNotThere_isGone() {
    vision.respondNext(FakeVision.imageError(7, "Error opening file: gs://photos/images/x."));

    assertThat(
            catchThrowableOfType(PermanentFailure.class, () -> classifier.classify(IMAGE)).code())
        .isEqualTo("IMAGE_GONE");
  }

  @Test
  void classify_bucketThatVisionMayNotRead_failsForNow() {
    images.putIfAbsent(IMAGE, ImageBytes.of(CONTENT));
    vision.respondNext(FakeVision.imageError(7, "Error opening file: gs://photos/images/x."));

    assertThatThrownBy(() -> classifier.classify(IMAGE))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("roles/storage.objectViewer");
  }
}
