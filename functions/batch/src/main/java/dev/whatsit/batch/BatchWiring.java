package dev.whatsit.batch;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Ports;
import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.http.CorsOrigins;
import dev.whatsit.http.Health;
import dev.whatsit.http.HttpService;
import dev.whatsit.http.PublicUrl;
import dev.whatsit.http.Redelivery;
import dev.whatsit.http.Routes;
import dev.whatsit.http.WebOrigins;
import dev.whatsit.logging.Logging;
import dev.whatsit.outbound.AddressGuard;
import dev.whatsit.submission.QueueLimit;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Composition root of the batch function. Only this class knows adapters and the clock. */
final class BatchWiring {
  private static final long MAX_RETENTION_DAYS = 3650;

  private BatchWiring() {}

  static HttpService.Wired wire(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    PublicUrl publicUrl = PublicUrl.of(settings);
    WebOrigins origins = CorsOrigins.of(settings, publicUrl.prefix());
    AddressGuard guard = AddressGuard.of(settings);
    long days =
        settings.integer(
            "BATCH_RETENTION_DAYS", 0, Batch.MIN_RETENTION.toDays(), MAX_RETENTION_DAYS);
    int maxQueued = QueueLimit.read(settings);
    Ports ports = new Ports(backend, settings);
    MessageQueue queue = ports.messages(Set.of(Topic.FETCHES, Topic.RESULTS));
    DocumentStore documents = ports.documents();
    ports.verify();
    RecordStore records = new RecordStore(documents);
    BatchStore batches = new BatchStore(documents);
    CallbackStore callbacks = new CallbackStore(documents);

    Clock clock = Clock.systemUTC();
    SubmitBatch submitBatch =
        new SubmitBatch(
            records,
            batches,
            queue,
            new AnnounceBatch(queue),
            QueueLimit.ofBatches(maxQueued, records, batches, clock),
            days == 0 ? null : Duration.ofDays(days));

    BatchCallbacks batchCallbacks =
        new BatchCallbacks(batches, callbacks, new Redelivery(callbacks, queue), publicUrl, clock);
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("records", documents::check);
    parts.put("fetches", () -> queue.check(Topic.FETCHES));
    parts.put("results", () -> queue.check(Topic.RESULTS));
    return HttpService.Wired.of(
        new Health(parts, clock),
        new Routes("/v1/batches")
            .openTo(origins)
            .below("POST", "", new SubmitHandler(guard, submitBatch, publicUrl, clock))
            .below("GET", "/*", new ReadHandler(batches, clock))
            .below("GET", "/*/callbacks", batchCallbacks::read)
            .below("POST", "/*:redeliver", batchCallbacks::redeliver));
  }
}
