package dev.whatsit.domain.backend;

import dev.whatsit.domain.classification.ModelFiles;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.util.Optional;
import java.util.Set;

/**
 * A family of adapters under one name. A family may come in several parts, each on the class path
 * only where it is used: every part is a provider of its own with the same name and offers its
 * ports.
 *
 * <p>A provider has a public constructor without parameters and is found by the {@link
 * java.util.ServiceLoader}; {@link Backends} chooses.
 */
public interface Backend {
  /** The family's name, for example {@code embedded}. */
  String name();

  /**
   * Where documents are kept.
   *
   * @param settings of which it reads those that are its own
   * @return empty when this part does not offer the port, as in every method here
   * @throws InvalidSettings naming every wrong setting, as every method here does
   */
  default Optional<DocumentStore> documents(Settings settings) {
    return Optional.empty();
  }

  /**
   * Where messages are published.
   *
   * @param topics those that the caller publishes to; only their settings are required
   */
  default Optional<MessageQueue> messages(Settings settings, Set<Topic> topics) {
    return Optional.empty();
  }

  /** Where images are kept. */
  default Optional<ImageStore> images(Settings settings) {
    return Optional.empty();
  }

  /** Where thumbnails are kept, apart from images: the right to write here gives none to images. */
  default Optional<ImageStore> thumbnails(Settings settings) {
    return Optional.empty();
  }

  /** Where models are read from. */
  default Optional<ModelFiles> modelFiles(Settings settings) {
    return Optional.empty();
  }
}
