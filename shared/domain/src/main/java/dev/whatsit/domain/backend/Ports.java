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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens the ports that a function requires, and reports the settings problems of all of them at
 * once:
 *
 * <pre>{@code
 * Ports ports = new Ports(backend, settings);
 * ImageStore images = ports.images();
 * MessageQueue queue = ports.messages(Set.of(Topic.WORK));
 * ports.verify();
 * }</pre>
 *
 * <p>The returned ports must not be used before {@link #verify} has returned: a port is null if its
 * settings were wrong. Not thread-safe.
 */
public final class Ports {
  private final Backend backend;
  private final Settings settings;

  /**
   * Opens ports of a backend.
   *
   * @param settings problems that were already found in them are reported too
   */
  public Ports(Backend backend, Settings settings) {
    this.backend = backend;
    this.settings = settings;
  }

  /** As {@link Backend#documents}. */
  public DocumentStore documents() {
    return required(DocumentStore.class, () -> backend.documents(settings));
  }

  /** As {@link Backend#messages}. */
  public MessageQueue messages(Set<Topic> topics) {
    return required(MessageQueue.class, () -> backend.messages(settings, topics));
  }

  /** As {@link Backend#images}. */
  public ImageStore images() {
    return required(ImageStore.class, () -> backend.images(settings));
  }

  /** As {@link Backend#thumbnails}. */
  public ImageStore thumbnails() {
    return required(ImageStore.class, () -> backend.thumbnails(settings));
  }

  /** As {@link Backend#modelFiles}. */
  public ModelFiles modelFiles() {
    return required(ModelFiles.class, () -> backend.modelFiles(settings));
  }

  /** Opens anything else that throws {@link InvalidSettings} for wrong settings. */
  public <T> T open(Supplier<T> part) {
    return unlessRefused(settings.collect(part));
  }

  private <P> P required(Class<P> port, Supplier<Optional<P>> open) {
    return open(
        () ->
            open.get()
                .orElseThrow(
                    () ->
                        settings.refusal(
                            Backends.SETTING,
                            "is "
                                + backend.name()
                                + ", which has no "
                                + port.getSimpleName()
                                + " on the class path")));
  }

  /** Returns null only for refused settings; {@link #verify} throws before the caller uses it. */
  @SuppressWarnings("NullAway")
  private static <T> T unlessRefused(@Nullable T part) {
    return part;
  }

  /**
   * Checks that every port was opened. Must be called before any of them is used.
   *
   * @throws InvalidSettings naming every wrong setting, and the backend when it lacks a port
   */
  public void verify() {
    settings.verify();
  }
}
