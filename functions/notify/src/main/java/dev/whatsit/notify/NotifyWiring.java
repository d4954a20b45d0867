package dev.whatsit.notify;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Ports;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.failure.CircuitBreaker;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.events.EventService;
import dev.whatsit.http.Health;
import dev.whatsit.logging.Logging;
import dev.whatsit.outbound.OutboundClient;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Composition root of the notify function. Only this class knows adapters and the clock. */
final class NotifyWiring {
  /** For each server, from one instance. */
  private static final int MAX_CONCURRENT_REQUESTS = 3;

  private NotifyWiring() {}

  static EventService.Wired wire(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    Signatures signatures = Signatures.of(settings);
    OutboundClient client = OutboundClient.of(settings);
    Duration retention = retention(settings);
    Ports ports = new Ports(backend, settings);
    MessageQueue queue = ports.messages(Set.of(Topic.RESULTS));
    DocumentStore documents = ports.documents();
    ports.verify();
    RecordStore records = new RecordStore(documents);
    CallbackStore callbacks = new CallbackStore(documents);
    BatchStore batches = new BatchStore(documents);

    Clock clock = Clock.systemUTC();
    Random random = new Random();
    DeliverCallback deliver =
        new DeliverCallback(
            callbacks,
            new WebhookSender(client, signatures),
            new CircuitBreaker(
                CircuitBreaker.DEFAULT_FAILURE_THRESHOLD,
                CircuitBreaker.DEFAULT_OPEN_TIMEOUT,
                MAX_CONCURRENT_REQUESTS,
                random),
            new RetrySchedule(random),
            queue,
            retention,
            clock);
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("records", documents::check);
    parts.put("results", () -> queue.check(Topic.RESULTS));
    return new EventService.Wired(
        new ImageCompletedHandler(
            records,
            callbacks,
            queue,
            deliver,
            new BatchCompletedHandler(batches, callbacks, deliver),
            clock),
        new Health(parts, clock),
        client::close);
  }

  /** How long a settled callback is kept; null, for forever, if the setting is absent. */
  private static @Nullable Duration retention(Settings settings) {
    long days = settings.integer("CALLBACK_RETENTION_DAYS", 0, 30, 3650);
    return days == 0 ? null : Duration.ofDays(days);
  }
}
