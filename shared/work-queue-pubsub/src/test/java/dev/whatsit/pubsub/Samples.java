package dev.whatsit.pubsub;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/** Values that no other test has. */
final class Samples {
  static final Instant NOW = Instant.parse("2026-11-21T08:19:44.497123Z");
  static final TraceParent TRACE =
      new TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

  private Samples() {}

  static WorkMessage message() {
    byte[] content = UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8);
    ImageHash hash = ImageHash.ofDigest(ImageHash.newDigest().digest(content));
    return new WorkMessage(
        new ImageDescription(hash, ImageFormat.JPEG, content.length, 1024, 683), 1, NOW, TRACE);
  }

  static String id(String kind) {
    return kind + "-" + UUID.randomUUID();
  }

  static PubSubSettings settings(String project, String work, String deadLetters, String host) {
    return PubSubSettings.read(
        Settings.of(
            Map.of(
                PubSubSettings.PROJECT, project,
                PubSubSettings.WORK_TOPIC, work,
                PubSubSettings.DEAD_LETTER_TOPIC, deadLetters,
                PubSubSettings.EMULATOR, host)));
  }
}
