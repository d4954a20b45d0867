package dev.whatsit.pubsub;

import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.grpc.GoogleSettings;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings of publishing to Pub/Sub.
 *
 * @param topics the full name of each topic that is published to, {@code projects/…/topics/…}
 * @param emulator {@code host:port} of an emulator, or null for the real service
 */
record PubSubSettings(Map<Topic, String> topics, @Nullable String emulator) {
  /** "Guidelines to name a topic", Pub/Sub documentation. */
  private static final Pattern TOPIC = Pattern.compile("(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}");

  /** Copies the map. */
  PubSubSettings {
    topics = Map.copyOf(topics);
  }

  /**
   * Reads the settings and records errors in them.
   *
   * @param wanted the topics that are published to
   */
  static PubSubSettings read(Settings settings, Set<Topic> wanted) {
    String project = GoogleSettings.project(settings);
    Map<Topic, String> topics = new EnumMap<>(Topic.class);
    for (Topic topic : Topic.values()) {
      if (wanted.contains(topic)) {
        topics.put(topic, "projects/" + project + "/topics/" + id(settings, topic));
      }
    }
    return new PubSubSettings(topics, GoogleSettings.emulator(settings, "PUBSUB_EMULATOR_HOST"));
  }

  private static String id(Settings settings, Topic topic) {
    String id =
        GoogleSettings.required(
            settings,
            topic.setting(),
            TOPIC,
            "the id of a topic, 3 to 255 letters, digits and ._~+%- after a letter");
    if (topic == Topic.DEAD_LETTERS && !id.isEmpty()) {
      // Otherwise each dead letter would be processed, fail and become a dead letter again.
      for (Topic other : Topic.values()) {
        if (other != topic && settings.find(other.setting()).equals(Optional.of(id))) {
          settings.reject(
              topic.setting(),
              "is " + id + ", must be another topic than that of " + other.setting());
        }
      }
    }
    return id;
  }
}
