package dev.whatsit.deadletter;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Ports;
import dev.whatsit.domain.callback.PublishImageCompleted;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.events.EventService;
import dev.whatsit.http.Health;
import dev.whatsit.logging.Logging;
import java.time.Clock;
import java.util.Map;
import java.util.Set;

/** Composition root of the dead-letter function. Only this class knows adapters and the clock. */
final class DeadLetterWiring {
  private DeadLetterWiring() {}

  static EventService.Wired wire(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    Ports ports = new Ports(backend, settings);
    MessageQueue queue = ports.messages(Set.of(Topic.RESULTS));
    DocumentStore documents = ports.documents();
    ports.verify();
    RecordStore records = new RecordStore(documents);
    Clock clock = Clock.systemUTC();
    return new EventService.Wired(
        new DeadLetterHandler(records, new PublishImageCompleted(queue), clock),
        new Health(Map.of("records", documents::check), clock),
        () -> {});
  }
}
