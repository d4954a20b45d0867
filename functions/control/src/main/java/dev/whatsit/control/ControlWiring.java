package dev.whatsit.control;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.callback.AnnounceEnd;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.ResultQueue;
import dev.whatsit.domain.queue.WorkQueue;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.http.Health;
import dev.whatsit.http.HttpService;
import dev.whatsit.http.PublicUrl;
import dev.whatsit.http.Routes;
import dev.whatsit.logging.Logging;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts the control function together. The only place in it that knows adapters and the clock. */
final class ControlWiring {
  private ControlWiring() {}

  static HttpService.Wired wire(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    PublicUrl publicUrl = PublicUrl.of(settings);
    Backends.verify(
        backend,
        settings,
        List.of(WorkQueue.class, RecordStore.class, CallbackStore.class, ResultQueue.class));
    WorkQueue queue = Backends.require(backend, WorkQueue.class, settings);
    RecordStore records = Backends.require(backend, RecordStore.class, settings);
    CallbackStore callbacks = Backends.require(backend, CallbackStore.class, settings);
    ResultQueue results = Backends.require(backend, ResultQueue.class, settings);
    AnnounceEnd announceEnd = new AnnounceEnd(results);

    Clock clock = Clock.systemUTC();
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("queue", queue::checkReachable);
    parts.put("records", records::checkReachable);
    return HttpService.Wired.of(
        new Health(parts, clock)
            .addTo(new Routes())
            .underImages("PATCH", "/*", new CancelHandler(records, announceEnd, publicUrl, clock))
            .underImages(
                "POST",
                "/*:redeliver",
                new RedeliverHandler(records, callbacks, results, publicUrl, clock))
            .underImages("POST", "/*:retry", new RetryHandler(records, queue, publicUrl, clock)));
  }
}
