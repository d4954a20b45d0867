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
 * A family of adapters under one name. A family may consist of several parts, each on the class
 * path only where it is used: every part is a separate provider with the same name that offers some
 * of the ports.
 *
 * <p>A provider has a public constructor without parameters and is found by the {@link
 * java.util.ServiceLoader}; {@link Backends} selects it.
 */
public interface Backend {
  /** The family's name, for example {@code embedded}. */
  String name();

  /**
   * Opens the document store.
   *
   * @param settings all settings; it reads only its own
   * @return empty when this part does not offer the port; the same holds for every method here
   * @throws InvalidSettings naming every wrong setting; the same holds for every method here
   */
  default Optional<DocumentStore> documents(Settings settings) {
    return Optional.empty();
  }

  /**
   * Opens the message queue.
   *
   * @param topics the topics that the caller publishes to; only their settings are required
   */
  default Optional<MessageQueue> messages(Settings settings, Set<Topic> topics) {
    return Optional.empty();
  }

  /** Opens the image store. */
  default Optional<ImageStore> images(Settings settings) {
    return Optional.empty();
  }

  /**
   * Opens the thumbnail store. It is separate from the image store, so that permission to write
   * thumbnails gives no permission to write images.
   */
  default Optional<ImageStore> thumbnails(Settings settings) {
    return Optional.empty();
  }

  /** Opens the source of model files. */
  default Optional<ModelFiles> modelFiles(Settings settings) {
    return Optional.empty();
  }
}
