package dev.whatsit.upload;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Ports;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.PublishImageCompleted;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.image.ImageLimits;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.image.ImageValidator;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.http.CompletionWaiter;
import dev.whatsit.http.CorsOrigins;
import dev.whatsit.http.Health;
import dev.whatsit.http.HttpService;
import dev.whatsit.http.ImageReceiver;
import dev.whatsit.http.MemoryBudget;
import dev.whatsit.http.PublicUrl;
import dev.whatsit.http.Routes;
import dev.whatsit.http.UploadTime;
import dev.whatsit.http.WebOrigins;
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

/** Composition root of the upload function. Only this class knows adapters and the clock. */
final class UploadWiring {
  /**
   * The memory budget of bodies is the heap divided by this. The rest is for the platform's buffers
   * and for everything else that runs in the process.
   */
  private static final int HEAP_PARTS = 5;

  private UploadWiring() {}

  static HttpService.Wired wire(Map<String, String> values, Backend backend) {
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
            "UPLOAD_BUDGET_BYTES",
            Math.max(minBudget, Runtime.getRuntime().maxMemory() / HEAP_PARTS),
            minBudget,
            Long.MAX_VALUE);
    Duration uploadTimeout = UploadTime.of(settings);
    PublicUrl publicUrl = PublicUrl.of(settings);
    WebOrigins origins = CorsOrigins.of(settings, publicUrl.prefix());
    int maxWaiters = CompletionWaiter.maxWaiters(settings);
    int maxQueued = QueueLimit.read(settings);
    OutboundClient outbound = OutboundClient.of(settings);
    Ports ports = new Ports(backend, settings);
    ImageStore images = ports.images();
    MessageQueue queue = ports.messages(Set.of(Topic.WORK, Topic.RESULTS));
    DocumentStore documents = ports.documents();
    ports.verify();
    RecordStore records = new RecordStore(documents);
    CallbackStore callbacks = new CallbackStore(documents);

    ImageLimits limits = new ImageLimits(maxBytes, maxPixels);
    Clock clock = Clock.systemUTC();
    MemoryBudget memory = new MemoryBudget(budget);
    CompletionWaiter waiter = new CompletionWaiter(records, clock, maxWaiters);
    ImageReceiver receiver = new ImageReceiver(maxBytes, memory, uploadTimeout);
    ImageValidator validator = new ImageValidator(limits);
    UploadHandler handler =
        new UploadHandler(
            receiver,
            validator,
            new ImageFetch(outbound, receiver, validator),
            new SubmitImage(images, queue, records, QueueLimit.ofImages(maxQueued, records, clock)),
            new CallbackRegistration(
                records, callbacks, new PublishImageCompleted(queue), outbound),
            waiter,
            publicUrl,
            clock);
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("images", images::check);
    parts.put("queue", () -> queue.check(Topic.WORK));
    parts.put("records", documents::check);
    return new HttpService.Wired(
        new Health(parts, clock),
        new Routes().openTo(origins).below("POST", "", handler),
        waiter::stop,
        outbound::close,
        memory::used);
  }
}
