package dev.whatsit.classify;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.ClassifierProvider;
import dev.whatsit.domain.backend.Ports;
import dev.whatsit.domain.callback.PublishImageCompleted;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.events.EventService;
import dev.whatsit.http.Health;
import dev.whatsit.logging.Logging;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Composition root of the classify function. Only this class knows adapters and the clock. */
final class ClassifyWiring {
  private ClassifyWiring() {}

  static EventService.Wired wire(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    int maxAttempts = (int) settings.integer("MAX_ATTEMPTS", 5, 1, 100);
    Times times = Times.of(settings);
    Ports ports = new Ports(backend, settings);
    ImageStore images = ports.images();
    DocumentStore documents = ports.documents();
    MessageQueue queue = ports.messages(Set.of(Topic.DEAD_LETTERS, Topic.RESULTS));
    Classifier classifier =
        ports.open(() -> ClassifierProvider.choose(settings).open(settings, backend));
    try {
      ports.verify();
    } catch (InvalidSettings e) {
      if (classifier != null) {
        classifier.close();
      }
      throw e;
    }
    RecordStore records = new RecordStore(documents);
    Clock clock = Clock.systemUTC();
    ClassifyImage classifyImage =
        new ClassifyImage(
            records,
            queue,
            classifier,
            new PublishImageCompleted(queue),
            maxAttempts,
            times.lease(),
            clock);
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("images", images::check);
    parts.put("queue", () -> queue.check(Topic.DEAD_LETTERS));
    parts.put("records", documents::check);
    parts.put("classifier", classifier::checkReachable);
    return new EventService.Wired(classifyImage, new Health(parts, clock), classifier::close);
  }
}
