package dev.whatsit.pubsub;

import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import org.jspecify.annotations.Nullable;

/**
 * What publishing results reads of the settings.
 *
 * @param topic the full name of the topic of results, {@code projects/…/topics/…}
 * @param emulator {@code host:port} of an emulator, or null for the real service
 */
record ResultSettings(String topic, @Nullable String emulator) {
  static final String RESULTS_TOPIC = "RESULTS_TOPIC";

  /**
   * Reads them.
   *
   * @throws InvalidSettings naming every wrong or missing setting, those included that others found
   *     before
   */
  static ResultSettings read(Settings settings) {
    String project = PubSubSettings.project(settings);
    String topic = PubSubSettings.topic(settings, RESULTS_TOPIC);
    String emulator = PubSubSettings.emulator(settings);
    settings.verify();
    return new ResultSettings(PubSubSettings.topicName(project, topic), emulator);
  }
}
