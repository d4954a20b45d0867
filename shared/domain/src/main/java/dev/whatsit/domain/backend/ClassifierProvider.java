package dev.whatsit.domain.backend;

import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/**
 * Builds one kind of classifier. A provider has a public constructor without parameters and is
 * found by the {@link ServiceLoader}.
 */
public interface ClassifierProvider {
  /** The setting that names the kind. */
  String SETTING = "CLASSIFIER";

  /** The kind's name, for example {@code onnx}. */
  String name();

  /**
   * Builds the classifier. It reads its own settings before it opens ports of the backend, so that
   * one {@link InvalidSettings} names the problems of both.
   *
   * @param settings all settings; it reads only its own
   * @param backend the backend, of which it opens only the ports that it uses
   * @throws InvalidSettings naming every wrong or missing setting
   */
  Classifier open(Settings settings, Backend backend);

  /**
   * Selects the provider: the one that {@code CLASSIFIER} names, else the only one on the class
   * path.
   *
   * @throws InvalidSettings naming the setting and the possible values
   */
  static ClassifierProvider choose(Settings settings) {
    List<ClassifierProvider> found = new ArrayList<>();
    ServiceLoader.load(ClassifierProvider.class, ClassifierProvider.class.getClassLoader())
        .forEach(found::add);
    return choose(settings, found);
  }

  /** As {@link #choose(Settings)}, from the given providers. */
  static ClassifierProvider choose(Settings settings, List<ClassifierProvider> found) {
    List<String> names = found.stream().map(ClassifierProvider::name).sorted().toList();
    String name = Backends.select(settings, SETTING, names, "");
    return found.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
  }
}
