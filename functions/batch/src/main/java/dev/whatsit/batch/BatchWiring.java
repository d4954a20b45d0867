package dev.whatsit.batch;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.batch.FetchQueue;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.ResultQueue;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.http.Health;
import dev.whatsit.http.HttpService;
import dev.whatsit.http.PublicUrl;
import dev.whatsit.http.Redelivery;
import dev.whatsit.http.Routes;
import dev.whatsit.logging.Logging;
import dev.whatsit.outbound.AddressGuard;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts the batch function together. The only place in it that knows adapters and the clock. */
final class BatchWiring {
  private static final long LONGEST_RETENTION_DAYS = 3650;

  private BatchWiring() {}

  static HttpService.Wired wire(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    PublicUrl publicUrl = PublicUrl.of(settings);
    AddressGuard guard = AddressGuard.of(settings);
    long days =
        settings.integer(
            "BATCH_RETENTION_DAYS", 0, Batch.LEAST_RETENTION.toDays(), LONGEST_RETENTION_DAYS);
    Backends.verify(
        backend,
        settings,
        List.of(
            RecordStore.class,
            BatchStore.class,
            FetchQueue.class,
            ResultQueue.class,
            CallbackStore.class));
    RecordStore records = Backends.require(backend, RecordStore.class, settings);
    BatchStore batches = Backends.require(backend, BatchStore.class, settings);
    FetchQueue fetches = Backends.require(backend, FetchQueue.class, settings);
    ResultQueue results = Backends.require(backend, ResultQueue.class, settings);
    CallbackStore callbacks = Backends.require(backend, CallbackStore.class, settings);

    SubmitBatch submitBatch =
        new SubmitBatch(
            records,
            batches,
            fetches,
            new AnnounceBatch(results),
            days == 0 ? null : Duration.ofDays(days));

    Clock clock = Clock.systemUTC();
    BatchCallbacks batchCallbacks =
        new BatchCallbacks(
            batches, callbacks, new Redelivery(callbacks, results), publicUrl, clock);
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("records", records::checkReachable);
    parts.put("batches", batches::checkReachable);
    parts.put("fetches", fetches::checkReachable);
    parts.put("results", results::checkReachable);
    return HttpService.Wired.of(
        new Health(parts, clock)
            .addTo(new Routes("/v1/batches"))
            .below("POST", "", new SubmitHandler(guard, submitBatch, publicUrl, clock))
            .below("GET", "/*", new ReadHandler(batches, clock))
            .below("GET", "/*/callbacks", batchCallbacks::read)
            .below("POST", "/*:redeliver", batchCallbacks::redeliver));
  }
}
