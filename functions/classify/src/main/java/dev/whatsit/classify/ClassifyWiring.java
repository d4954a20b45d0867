package dev.whatsit.classify;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.backend.ClassifierProvider;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.WorkQueue;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.domain.settings.SettingsCheck;
import dev.whatsit.http.Health;
import dev.whatsit.http.HttpService;
import dev.whatsit.http.Routes;
import dev.whatsit.logging.Logging;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Puts the classify function together. The only place in it that knows adapters and the clock. */
final class ClassifyWiring implements AutoCloseable {
  private final ClassifyImage classifyImage;
  private final Classifier classifier;
  private final Health health;

  private ClassifyWiring(ClassifyImage classifyImage, Classifier classifier, Health health) {
    this.classifyImage = classifyImage;
    this.classifier = classifier;
    this.health = health;
  }

  static HttpService.Wired wirePush(Map<String, String> values, Backend backend) {
    ClassifyWiring wiring = of(values, backend);
    Routes routes =
        wiring.health.addTo(new Routes()).at("POST", "/", new PushHandler(wiring.classifyImage));
    return new HttpService.Wired(routes, wiring::close);
  }

  static ClassifyWiring of(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    int maxAttempts = (int) settings.integer("MAX_ATTEMPTS", 5, 1, 100);
    Times times = Times.of(settings);
    Classifier classifier = classifier(settings, backend);
    ImageStore images = Backends.require(backend, ImageStore.class, settings);
    RecordStore records = Backends.require(backend, RecordStore.class, settings);
    WorkQueue queue = Backends.require(backend, WorkQueue.class, settings);
    Clock clock = Clock.systemUTC();
    ClassifyImage classifyImage =
        new ClassifyImage(records, queue, classifier, maxAttempts, times.lease(), clock);
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("images", images::checkReachable);
    parts.put("queue", queue::checkReachable);
    parts.put("records", records::checkReachable);
    parts.put("classifier", classifier::checkReachable);
    return new ClassifyWiring(classifyImage, classifier, new Health(parts, clock));
  }

  /** One refusal names the wrong settings of this function, its ports and the classifier. */
  private static Classifier classifier(Settings settings, Backend backend) {
    SettingsCheck check = new SettingsCheck();
    check.collect(
        () -> {
          Backends.verify(
              backend, settings, List.of(ImageStore.class, RecordStore.class, WorkQueue.class));
          return backend;
        });
    Classifier classifier =
        check.collect(() -> ClassifierProvider.choose(settings).open(settings, backend));
    try {
      check.verify();
    } catch (InvalidSettings e) {
      if (classifier != null) {
        classifier.close();
      }
      throw e;
    }
    return Objects.requireNonNull(classifier);
  }

  ClassifyImage classifyImage() {
    return classifyImage;
  }

  Health health() {
    return health;
  }

  @Override
  public void close() {
    classifier.close();
  }
}
