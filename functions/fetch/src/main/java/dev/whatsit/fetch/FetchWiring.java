package dev.whatsit.fetch;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.callback.ResultQueue;
import dev.whatsit.domain.image.ImageFirewall;
import dev.whatsit.domain.image.ImageLimits;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.WorkQueue;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.events.EventService;
import dev.whatsit.http.Health;
import dev.whatsit.http.ImageReceiver;
import dev.whatsit.http.MemoryBudget;
import dev.whatsit.logging.Logging;
import dev.whatsit.outbound.Circuits;
import dev.whatsit.outbound.OutboundClient;
import dev.whatsit.outbound.image.ImageFetch;
import dev.whatsit.submission.SubmitImage;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Puts the fetch function together. The only place in it that knows adapters and the clock. */
final class FetchWiring {
  /** The part of the heap that images may take, as in an upload. */
  private static final int HEAP_PARTS = 5;

  /** The client's own deadline ends a fetch before this. */
  private static final Duration LONGEST_BODY = Duration.ofMinutes(1);

  private FetchWiring() {}

  static EventService.Wired wire(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    int maxBytes =
        (int)
            settings.integer(
                "MAX_IMAGE_BYTES", ImageLimits.DEFAULT_BYTES, 1, ImageLimits.LARGEST_BYTES);
    long maxPixels =
        settings.integer("MAX_IMAGE_PIXELS", ImageLimits.DEFAULT_PIXELS, 1, Long.MAX_VALUE);
    long leastBudget = ImageReceiver.leastBudget(maxBytes);
    long budget =
        settings.integer(
            "FETCH_BUDGET_BYTES",
            Math.max(leastBudget, Runtime.getRuntime().maxMemory() / HEAP_PARTS),
            leastBudget,
            Long.MAX_VALUE);
    int attempts = (int) settings.integer("FETCH_ATTEMPTS", 5, 1, 20);
    OutboundClient outbound = OutboundClient.of(settings);
    Backends.verify(
        backend,
        settings,
        List.of(
            ImageStore.class,
            WorkQueue.class,
            RecordStore.class,
            BatchStore.class,
            ResultQueue.class));
    ImageStore images = Backends.require(backend, ImageStore.class, settings);
    WorkQueue queue = Backends.require(backend, WorkQueue.class, settings);
    RecordStore records = Backends.require(backend, RecordStore.class, settings);
    BatchStore batches = Backends.require(backend, BatchStore.class, settings);
    ResultQueue results = Backends.require(backend, ResultQueue.class, settings);

    Clock clock = Clock.systemUTC();
    ImageReceiver receiver = new ImageReceiver(maxBytes, new MemoryBudget(budget), LONGEST_BODY);
    CarryItem carryItem =
        new CarryItem(
            batches,
            records,
            queue,
            new ImageFetch(
                outbound, receiver, new ImageFirewall(new ImageLimits(maxBytes, maxPixels))),
            // A server that is well may have all places.
            new Circuits(new Random(), Integer.MAX_VALUE),
            // Items start at once, so nothing is put off.
            new SubmitImage(images, queue, null, records),
            new AnnounceBatch(results),
            attempts,
            clock);
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("images", images::check);
    parts.put("queue", queue::checkReachable);
    parts.put("records", records::checkReachable);
    parts.put("batches", batches::checkReachable);
    parts.put("results", results::checkReachable);
    return new EventService.Wired(carryItem, new Health(parts, clock), outbound::close);
  }
}
