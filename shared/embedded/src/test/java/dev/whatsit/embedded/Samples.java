package dev.whatsit.embedded;

import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.settings.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Values for the tests of this module. */
final class Samples {
  static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  static final Duration LEASE = Duration.ofSeconds(150);
  static final Outcome CLASSIFIED =
      new Outcome.Classified(
          new Classification(
              List.of(new Annotation("cat", 0.93)),
              List.of(),
              new ClassifierIdentity("none", "1")));

  private Samples() {}

  static byte[] bytes(long seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static ImageDescription image(byte[] content) {
    ImageHash hash = ImageHash.ofDigest(ImageHash.newDigest().digest(content));
    return new ImageDescription(hash, ImageFormat.PNG, content.length, 10, 10);
  }

  static ImageDescription image(long seed) {
    return image(bytes(seed, 100));
  }

  static WorkMessage message(long seed) {
    return new WorkMessage(image(seed), 1, NOW);
  }

  static Claim claim(ImageDescription image, String messageId, String token) {
    return new Claim(new WorkMessage(image, 1, NOW), messageId, token, NOW, NOW.plus(LEASE));
  }

  static Settings settings(Path data) {
    return Settings.of(Map.of("WHATSIT_DATA", data.toString()));
  }
}
