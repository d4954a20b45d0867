package dev.whatsit.classify;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.backend.ClassifierProvider;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.WorkQueue;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.http.Drain;
import dev.whatsit.http.Endpoint;
import dev.whatsit.http.Health;
import dev.whatsit.http.Routes;
import dev.whatsit.logging.Logging;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Puts the classify function together. The only place in it that knows the environment and the
 * clock.
 */
final class ClassifyWiring implements AutoCloseable {
  private static final Duration DRAIN = Duration.ofSeconds(9);

  private final ClassifyImage classifyImage;
  private final Classifier classifier;
  private final Endpoint pushEndpoint;
  private final Drain drain;

  private ClassifyWiring(
      ClassifyImage classifyImage, Classifier classifier, Endpoint pushEndpoint, Drain drain) {
    this.classifyImage = classifyImage;
    this.classifier = classifier;
    this.pushEndpoint = pushEndpoint;
    this.drain = drain;
  }

  static ClassifyWiring ofEnvironment() {
    Map<String, String> environment = System.getenv();
    Logging.install(environment);
    Backend backend = Backends.choose(Settings.of(environment));
    ClassifyWiring wiring = of(environment, backend);
    wiring.drain.onShutdown(
        DRAIN,
        () -> {
          wiring.classifier.close();
          Backends.close(backend);
        });
    return wiring;
  }

  static ClassifyWiring of(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    int maxAttempts = (int) settings.integer("MAX_ATTEMPTS", 5, 1, 100);
    Times times = Times.of(settings);
    settings.verify();
    ClassifierProvider provider = ClassifierProvider.choose(settings);
    ImageStore images = Backends.require(backend, ImageStore.class, settings);
    RecordStore records = Backends.require(backend, RecordStore.class, settings);
    WorkQueue queue = Backends.require(backend, WorkQueue.class, settings);
    Classifier classifier = provider.open(settings, images);

    Clock clock = Clock.systemUTC();
    ClassifyImage classifyImage =
        new ClassifyImage(records, queue, classifier, maxAttempts, times.lease(), clock);
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("images", images::checkReachable);
    parts.put("queue", queue::checkReachable);
    parts.put("records", records::checkReachable);
    parts.put("classifier", classifier::checkReachable);
    Routes routes = new Health(parts, clock).addTo(new Routes());
    routes.at("POST", "/", new PushHandler(classifyImage));
    Drain drain = new Drain();
    return new ClassifyWiring(classifyImage, classifier, new Endpoint(routes, drain), drain);
  }

  ClassifyImage classifyImage() {
    return classifyImage;
  }

  Endpoint pushEndpoint() {
    return pushEndpoint;
  }

  Drain drain() {
    return drain;
  }

  @Override
  public void close() {
    drain.await(DRAIN);
    classifier.close();
  }
}
