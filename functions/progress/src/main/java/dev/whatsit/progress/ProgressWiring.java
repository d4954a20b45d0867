package dev.whatsit.progress;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.callback.ResultQueue;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.events.EventService;
import dev.whatsit.http.Health;
import dev.whatsit.logging.Logging;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts the progress function together. The only place in it that knows adapters and the clock. */
final class ProgressWiring {
  private ProgressWiring() {}

  static EventService.Wired wire(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    Backends.verify(
        backend, settings, List.of(RecordStore.class, BatchStore.class, ResultQueue.class));
    RecordStore records = Backends.require(backend, RecordStore.class, settings);
    BatchStore batches = Backends.require(backend, BatchStore.class, settings);
    ResultQueue results = Backends.require(backend, ResultQueue.class, settings);

    Clock clock = Clock.systemUTC();
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("records", records::checkReachable);
    parts.put("batches", batches::checkReachable);
    parts.put("results", results::checkReachable);
    return new EventService.Wired(
        new FollowImages(records, batches, new AnnounceBatch(results), clock),
        new Health(parts, clock),
        () -> {});
  }
}
