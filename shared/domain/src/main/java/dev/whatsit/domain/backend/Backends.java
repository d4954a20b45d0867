package dev.whatsit.domain.backend;

import dev.whatsit.domain.classification.ModelFiles;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Function;

/**
 * Selects the backend by the settings, from those on the class path. Not thread-safe: a wiring uses
 * it once.
 */
public final class Backends {
  /** The setting that names the backend. */
  public static final String SETTING = "WHATSIT_BACKEND";

  private static final String DEFAULT = "google";

  private Backends() {}

  /**
   * Selects the backend: the one that {@code WHATSIT_BACKEND} names; without that setting the only
   * one on the class path, or {@code google} when there are several.
   *
   * @throws InvalidSettings naming the setting and the possible values
   */
  public static Backend choose(Settings settings) {
    List<Backend> found = new ArrayList<>();
    ServiceLoader.load(Backend.class, Backends.class.getClassLoader()).forEach(found::add);
    return choose(settings, found);
  }

  static Backend choose(Settings settings, List<Backend> found) {
    List<String> names = found.stream().map(Backend::name).distinct().sorted().toList();
    String name = select(settings, SETTING, names, DEFAULT);
    List<Backend> parts = found.stream().filter(part -> part.name().equals(name)).toList();
    return new Family(name, parts);
  }

  /**
   * The name that a setting selects from those on the class path: its value, else the only one,
   * else the default.
   */
  static String select(Settings settings, String setting, List<String> names, String defaultName) {
    String name = settings.text(setting, names.size() == 1 ? names.get(0) : defaultName);
    if (names.contains(name)) {
      return name;
    }
    throw settings.refusal(
        setting,
        (settings.find(setting).isEmpty() ? "is not set" : "is " + name)
            + ", must be one of those on the class path: "
            + (names.isEmpty() ? "(none)" : String.join(", ", names)));
  }

  /**
   * Closes those parts of a backend that hold resources. Only the owner of the backend may call
   * this.
   *
   * @throws IllegalStateException if it cannot be closed
   */
  public static void close(Backend backend) {
    List<Backend> parts = backend instanceof Family family ? family.parts : List.of(backend);
    for (Backend part : parts) {
      if (part instanceof AutoCloseable closeable) {
        try {
          closeable.close();
        } catch (Exception e) {
          throw new IllegalStateException("cannot close the backend " + part.name(), e);
        }
      }
    }
  }

  private record Family(String name, List<Backend> parts) implements Backend {
    @Override
    public Optional<DocumentStore> documents(Settings settings) {
      return first(part -> part.documents(settings));
    }

    @Override
    public Optional<MessageQueue> messages(Settings settings, Set<Topic> topics) {
      return first(part -> part.messages(settings, topics));
    }

    @Override
    public Optional<ImageStore> images(Settings settings) {
      return first(part -> part.images(settings));
    }

    @Override
    public Optional<ImageStore> thumbnails(Settings settings) {
      return first(part -> part.thumbnails(settings));
    }

    @Override
    public Optional<ModelFiles> modelFiles(Settings settings) {
      return first(part -> part.modelFiles(settings));
    }

    private <P> Optional<P> first(Function<Backend, Optional<P>> open) {
      return parts.stream().map(open).flatMap(Optional::stream).findFirst();
    }
  }
}
