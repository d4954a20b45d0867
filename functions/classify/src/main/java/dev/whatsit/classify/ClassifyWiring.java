package dev.whatsit.classify;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.backend.ClassifierProvider;
import dev.whatsit.domain.callback.AnnounceEnd;
import dev.whatsit.domain.callback.ResultQueue;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.WorkQueue;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.domain.settings.SettingsCheck;
import dev.whatsit.events.EventService;
import dev.whatsit.http.Health;
import dev.whatsit.logging.Logging;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Puts the classify function together. The only place in it that knows adapters and the clock. */
final class ClassifyWiring {
  private ClassifyWiring() {}

  static EventService.Wired wire(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    int maxAttempts = (int) settings.integer("MAX_ATTEMPTS", 5, 1, 100);
    Times times = Times.of(settings);
    Classifier classifier = classifier(settings, backend);
    ImageStore images = Backends.require(backend, ImageStore.class, settings);
    RecordStore records = Backends.require(backend, RecordStore.class, settings);
    WorkQueue queue = Backends.require(backend, WorkQueue.class, settings);
    AnnounceEnd announceEnd =
        new AnnounceEnd(Backends.require(backend, ResultQueue.class, settings));
    Clock clock = Clock.systemUTC();
    ClassifyImage classifyImage =
        new ClassifyImage(
            records, queue, classifier, announceEnd, maxAttempts, times.lease(), clock);
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("images", images::check);
    parts.put("queue", queue::checkReachable);
    parts.put("records", records::checkReachable);
    parts.put("classifier", classifier::checkReachable);
    return new EventService.Wired(classifyImage, new Health(parts, clock), classifier::close);
  }

  /** One refusal names the wrong settings of this function, its ports and the classifier. */
  private static Classifier classifier(Settings settings, Backend backend) {
    SettingsCheck check = new SettingsCheck();
    check.collect(
        () -> {
          Backends.verify(
              backend,
              settings,
              List.of(ImageStore.class, RecordStore.class, WorkQueue.class, ResultQueue.class));
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
}
