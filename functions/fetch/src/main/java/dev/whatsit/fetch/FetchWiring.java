package dev.whatsit.fetch;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Ports;
import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.failure.CircuitBreaker;
import dev.whatsit.domain.image.ImageLimits;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.image.ImageValidator;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.events.EventService;
import dev.whatsit.http.Health;
import dev.whatsit.http.ImageReceiver;
import dev.whatsit.http.MemoryBudget;
import dev.whatsit.logging.Logging;
import dev.whatsit.outbound.OutboundClient;
import dev.whatsit.outbound.image.ImageFetch;
import dev.whatsit.submission.QueueLimit;
import dev.whatsit.submission.SubmitImage;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Composition root of the fetch function. Only this class knows adapters and the clock. */
final class FetchWiring {
  /** The memory budget of images is the heap divided by this, as in an upload. */
  private static final int HEAP_PARTS = 5;

  /** How long a body may take to arrive; the HTTP client's own deadline ends a fetch earlier. */
  private static final Duration BODY_TIMEOUT = Duration.ofMinutes(1);

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
    long minBudget = ImageReceiver.minBudget(maxBytes);
    long budget =
        settings.integer(
            "FETCH_BUDGET_BYTES",
            Math.max(minBudget, Runtime.getRuntime().maxMemory() / HEAP_PARTS),
            minBudget,
            Long.MAX_VALUE);
    int attempts = (int) settings.integer("FETCH_ATTEMPTS", 5, 1, 20);
    int maxQueued = QueueLimit.read(settings);
    OutboundClient outbound = OutboundClient.of(settings);
    Ports ports = new Ports(backend, settings);
    ImageStore images = ports.images();
    MessageQueue queue = ports.messages(Set.of(Topic.WORK, Topic.RESULTS, Topic.DEAD_LETTERS));
    DocumentStore documents = ports.documents();
    ports.verify();
    RecordStore records = new RecordStore(documents);
    BatchStore batches = new BatchStore(documents);

    Clock clock = Clock.systemUTC();
    ImageReceiver receiver = new ImageReceiver(maxBytes, new MemoryBudget(budget), BODY_TIMEOUT);
    ProcessBatchItem processBatchItem =
        new ProcessBatchItem(
            batches,
            records,
            queue,
            new ImageFetch(
                outbound, receiver, new ImageValidator(new ImageLimits(maxBytes, maxPixels))),
            new CircuitBreaker(
                CircuitBreaker.DEFAULT_FAILURE_THRESHOLD, CircuitBreaker.DEFAULT_OPEN_TIMEOUT),
            new SubmitImage(images, queue, records, QueueLimit.ofImages(maxQueued, records, clock)),
            new AnnounceBatch(queue),
            attempts,
            clock);
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("images", images::check);
    parts.put("queue", () -> queue.check(Topic.WORK));
    parts.put("records", documents::check);
    parts.put("results", () -> queue.check(Topic.RESULTS));
    return new EventService.Wired(processBatchItem, new Health(parts, clock), outbound::close);
  }
}
