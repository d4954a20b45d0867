package dev.whatsit.pubsub;

import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.settings.Settings;
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
  private static final String PROJECT = "GOOGLE_CLOUD_PROJECT";
  private static final String EMULATOR = "PUBSUB_EMULATOR_HOST";

  /** "Guidelines to name a topic", Pub/Sub documentation. */
  private static final Pattern TOPIC = Pattern.compile("(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}");

  /** Old projects have a domain before a colon. */
  private static final Pattern PROJECT_ID = Pattern.compile("[a-z0-9][a-z0-9.:-]{0,99}");

  private static final Pattern HOST_PORT = Pattern.compile("[^\\s/@]+:[0-9]{1,5}");

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
    String project = required(settings, PROJECT, PROJECT_ID, "the id of a Google Cloud project");
    Map<Topic, String> topics = new EnumMap<>(Topic.class);
    for (Topic topic : Topic.values()) {
      if (wanted.contains(topic)) {
        topics.put(topic, "projects/" + project + "/topics/" + id(settings, topic));
      }
    }
    Optional<String> emulator = settings.find(EMULATOR);
    if (emulator.isPresent() && !HOST_PORT.matcher(emulator.get()).matches()) {
      settings.reject(EMULATOR, "is " + emulator.get() + ", must be like 127.0.0.1:8085");
    }
    return new PubSubSettings(topics, emulator.orElse(null));
  }

  private static String id(Settings settings, Topic topic) {
    String id =
        required(
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

  private static String required(Settings settings, String name, Pattern shape, String what) {
    Optional<String> value = settings.find(name);
    if (value.isEmpty()) {
      settings.reject(name, "is not set, must be " + what);
    } else if (!shape.matcher(value.get()).matches()) {
      settings.reject(name, "is " + value.get() + ", must be " + what);
    }
    return value.orElse("");
  }
}
