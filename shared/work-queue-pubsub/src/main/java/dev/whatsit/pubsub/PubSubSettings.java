package dev.whatsit.pubsub;

import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What this backend reads of the settings.
 *
 * @param workTopic the full name of the topic for work, {@code projects/…/topics/…}
 * @param deadLetterTopic the full name of the topic for dead letters
 * @param emulator {@code host:port} of an emulator, or null for the real service
 */
record PubSubSettings(String workTopic, String deadLetterTopic, @Nullable String emulator) {
  static final String PROJECT = "GOOGLE_CLOUD_PROJECT";
  static final String WORK_TOPIC = "WORK_TOPIC";
  static final String DEAD_LETTER_TOPIC = "DEAD_LETTER_TOPIC";
  static final String EMULATOR = "PUBSUB_EMULATOR_HOST";

  /** "Guidelines to name a topic", Pub/Sub documentation. */
  private static final Pattern TOPIC = Pattern.compile("(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}");

  /** Old projects have a domain before a colon. */
  private static final Pattern PROJECT_ID = Pattern.compile("[a-z0-9][a-z0-9.:-]{0,99}");

  private static final Pattern HOST_PORT = Pattern.compile("[^\\s/@]+:[0-9]{1,5}");

  /**
   * Reads them.
   *
   * @throws InvalidSettings naming every wrong or missing setting, those included that others found
   *     before
   */
  static PubSubSettings read(Settings settings) {
    String project = project(settings);
    String work = topic(settings, WORK_TOPIC);
    String deadLetters = topic(settings, DEAD_LETTER_TOPIC);
    if (!work.isEmpty() && work.equals(deadLetters)) {
      settings.reject(
          DEAD_LETTER_TOPIC, "is " + work + ", must be another topic than that of " + WORK_TOPIC);
    }
    String emulator = emulator(settings);
    settings.verify();
    return new PubSubSettings(topicName(project, work), topicName(project, deadLetters), emulator);
  }

  /** The full name of a topic. */
  static String topicName(String project, String topic) {
    return "projects/" + project + "/topics/" + topic;
  }

  /** The project; what is wrong is noted. */
  static String project(Settings settings) {
    return required(settings, PROJECT, PROJECT_ID, "the id of a Google Cloud project");
  }

  /** The topic that a setting names; what is wrong is noted. */
  static String topic(Settings settings, String name) {
    return required(
        settings,
        name,
        TOPIC,
        "the id of a topic, 3 to 255 letters, digits and ._~+%- after a letter");
  }

  /** Where the emulator is, or null; what is wrong is noted. */
  static @Nullable String emulator(Settings settings) {
    Optional<String> emulator = settings.find(EMULATOR);
    if (emulator.isPresent() && !HOST_PORT.matcher(emulator.get()).matches()) {
      settings.reject(EMULATOR, "is " + emulator.get() + ", must be like 127.0.0.1:8085");
    }
    return emulator.orElse(null);
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
