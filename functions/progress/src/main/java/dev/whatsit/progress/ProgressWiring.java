package dev.whatsit.progress;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Ports;
import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.events.EventService;
import dev.whatsit.http.Health;
import dev.whatsit.logging.Logging;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Composition root of the progress function. Only this class knows adapters and the clock. */
final class ProgressWiring {
  private ProgressWiring() {}

  static EventService.Wired wire(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    Ports ports = new Ports(backend, settings);
    MessageQueue queue = ports.messages(Set.of(Topic.RESULTS));
    DocumentStore documents = ports.documents();
    ports.verify();
    RecordStore records = new RecordStore(documents);
    BatchStore batches = new BatchStore(documents);

    Clock clock = Clock.systemUTC();
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("records", documents::check);
    parts.put("results", () -> queue.check(Topic.RESULTS));
    return new EventService.Wired(
        new ApplyImageResult(records, batches, new AnnounceBatch(queue), clock),
        new Health(parts, clock),
        () -> {});
  }
}
