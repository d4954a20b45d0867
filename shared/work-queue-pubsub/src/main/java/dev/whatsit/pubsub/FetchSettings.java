package dev.whatsit.pubsub;

import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import org.jspecify.annotations.Nullable;

/**
 * What publishing open items of batches reads of the settings.
 *
 * @param topic the full name of their topic, {@code projects/…/topics/…}
 * @param emulator {@code host:port} of an emulator, or null for the real service
 */
record FetchSettings(String topic, @Nullable String emulator) {
  static final String FETCH_TOPIC = "FETCH_TOPIC";

  /**
   * Reads them.
   *
   * @throws InvalidSettings naming every wrong or missing setting, those included that others found
   *     before
   */
  static FetchSettings read(Settings settings) {
    String project = PubSubSettings.project(settings);
    String topic = PubSubSettings.topic(settings, FETCH_TOPIC);
    String emulator = PubSubSettings.emulator(settings);
    settings.verify();
    return new FetchSettings(PubSubSettings.topicName(project, topic), emulator);
  }
}
