package dev.whatsit.pubsub;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.queue.WorkMessage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.UUID;

/** Creates values that no other test uses. */
final class Samples {
  static final Instant NOW = Instant.parse("2026-11-21T08:19:44Z");
  static final TraceParent TRACE =
      new TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  static final String QUEUE = "projects/p/locations/l/queues/later";
  static final String ACCOUNT = "schedule@p.iam.gserviceaccount.com";

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

  /** Settings with all topics under the given ids. */
  static PubSubSettings settings(String project, Map<Topic, String> ids, String emulator) {
    Map<Topic, String> names = new EnumMap<>(Topic.class);
    ids.forEach((topic, id) -> names.put(topic, "projects/" + project + "/topics/" + id));
    return new PubSubSettings(names, emulator);
  }
}
