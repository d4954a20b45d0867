package dev.whatsit.sweep;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Ports;
import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.PublishImageCompleted;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.http.Health;
import dev.whatsit.http.HttpService;
import dev.whatsit.http.Routes;
import dev.whatsit.logging.Logging;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Composition root of the sweep function. Only this class knows adapters and the clock. */
final class SweepWiring {
  /**
   * For how long a sweep starts calls. The last call takes up to 10 s if a service hangs, and a
   * change may consist of two calls; with them the sweep ends within 60 s, the default timeout of a
   * function.
   */
  static final Duration DEFAULT_TIME = Duration.ofSeconds(35);

  private static final int MAX_LIMIT = 10_000;

  private SweepWiring() {}

  static HttpService.Wired wire(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    int limit = (int) settings.integer("SWEEP_LIMIT", 500, 1, MAX_LIMIT);
    Duration time =
        settings.seconds(
            "SWEEP_TIME_SECONDS", DEFAULT_TIME, Duration.ofSeconds(1), Duration.ofMinutes(9));
    Ports ports = new Ports(backend, settings);
    MessageQueue queue = ports.messages(Set.of(Topic.WORK, Topic.RESULTS, Topic.FETCHES));
    DocumentStore documents = ports.documents();
    ports.verify();
    RecordStore records = new RecordStore(documents);
    CallbackStore callbacks = new CallbackStore(documents);
    BatchStore batches = new BatchStore(documents);

    Clock clock = Clock.systemUTC();
    // So that each kind leaves time for the others.
    Duration part = time.dividedBy(3);
    SweepOverdue sweepOverdue =
        new SweepOverdue(records, queue, new PublishImageCompleted(queue), limit, part, clock);
    SweepCallbacks sweepCallbacks = new SweepCallbacks(callbacks, queue, limit, part, clock);
    SweepBatches sweepBatches =
        new SweepBatches(batches, queue, new AnnounceBatch(queue), limit, part, clock);
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("queue", () -> queue.check(Topic.WORK));
    parts.put("records", documents::check);
    return HttpService.Wired.of(
        new Health(parts, clock),
        new Routes()
            .at(
                "POST",
                "/",
                new SweepHandler(sweepOverdue, sweepCallbacks, sweepBatches, time, clock)));
  }
}
