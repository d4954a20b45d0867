package dev.whatsit.domain.backend;

import dev.whatsit.domain.classification.ModelFiles;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.domain.settings.SettingsCheck;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens the ports that a function cannot do without, and reports what is wrong with the settings of
 * all of them at once:
 *
 * <pre>{@code
 * Ports ports = new Ports(backend, settings);
 * ImageStore images = ports.images();
 * MessageQueue queue = ports.messages(Set.of(Topic.WORK));
 * ports.verify();
 * }</pre>
 *
 * <p>What the methods return must not be used before {@link #verify} has returned: it is null where
 * the settings were refused. Not thread-safe.
 */
public final class Ports {
  private final Backend backend;
  private final Settings settings;
  private final SettingsCheck check = new SettingsCheck();

  /**
   * Of a backend.
   *
   * @param settings what was found wrong in them before is reported too
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

  /** Anything else that refuses settings by {@link InvalidSettings}. */
  public <T> T open(Supplier<T> part) {
    return unlessRefused(check.collect(part));
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

  /** A null never reaches code that runs: {@link #verify} throws before it. */
  @SuppressWarnings("NullAway")
  private static <T> T unlessRefused(@Nullable T part) {
    return part;
  }

  /**
   * Ends the opening.
   *
   * @throws InvalidSettings naming every wrong setting, and the backend when it lacks a port
   */
  public void verify() {
    check.collect(
        () -> {
          settings.verify();
          return settings;
        });
    check.verify();
  }
}
