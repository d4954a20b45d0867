package dev.whatsit.notify;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Ports;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.events.EventService;
import dev.whatsit.http.Health;
import dev.whatsit.logging.Logging;
import dev.whatsit.outbound.Circuits;
import dev.whatsit.outbound.OutboundClient;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts the notify function together. The only place in it that knows adapters and the clock. */
final class NotifyWiring {
  /** To one server from one instance. */
  private static final int REQUESTS_AT_ONCE = 3;

  private NotifyWiring() {}

  static EventService.Wired wire(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    Signatures signatures = Signatures.of(settings);
    OutboundClient client = OutboundClient.of(settings);
    Duration retention = retention(settings);
    Ports ports = new Ports(backend, settings);
    MessageQueue queue = ports.messages(Set.of(Topic.RESULTS));
    RecordStore records = ports.open(RecordStore.class);
    CallbackStore callbacks = ports.open(CallbackStore.class);
    BatchStore batches = ports.open(BatchStore.class);
    ports.verify();

    Clock clock = Clock.systemUTC();
    Random random = new Random();
    DeliverCallback deliver =
        new DeliverCallback(
            callbacks,
            new WebhookSender(client, signatures),
            new Circuits(random, REQUESTS_AT_ONCE),
            new RetrySchedule(random),
            queue,
            retention,
            clock);
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("callbacks", callbacks::checkReachable);
    parts.put("records", records::checkReachable);
    parts.put("results", () -> queue.check(Topic.RESULTS));
    return new EventService.Wired(
        new TellOfEnd(
            records,
            callbacks,
            queue,
            deliver,
            new TellOfBatch(batches, callbacks, deliver),
            clock),
        new Health(parts, clock),
        client::close);
  }

  /** How long a callback is kept once it is settled; null, which is for good, when not set. */
  private static @Nullable Duration retention(Settings settings) {
    long days = settings.integer("CALLBACK_RETENTION_DAYS", 0, 30, 3650);
    return days == 0 ? null : Duration.ofDays(days);
  }
}
