package dev.whatsit.control;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Ports;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.PublishImageCompleted;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import dev.whatsit.http.CorsOrigins;
import dev.whatsit.http.Health;
import dev.whatsit.http.HttpService;
import dev.whatsit.http.PublicUrl;
import dev.whatsit.http.Routes;
import dev.whatsit.http.WebOrigins;
import dev.whatsit.logging.Logging;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Composition root of the control function. Only this class knows adapters and the clock. */
final class ControlWiring {
  private ControlWiring() {}

  static HttpService.Wired wire(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    PublicUrl publicUrl = PublicUrl.of(settings);
    WebOrigins origins = CorsOrigins.of(settings, publicUrl.prefix());
    Ports ports = new Ports(backend, settings);
    MessageQueue queue = ports.messages(Set.of(Topic.WORK, Topic.RESULTS));
    DocumentStore documents = ports.documents();
    ports.verify();
    RecordStore records = new RecordStore(documents);
    ThumbnailRecords thumbnails = new ThumbnailRecords(documents);
    CallbackStore callbacks = new CallbackStore(documents);
    PublishImageCompleted publishImageCompleted = new PublishImageCompleted(queue);

    Clock clock = Clock.systemUTC();
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("queue", () -> queue.check(Topic.WORK));
    parts.put("records", documents::check);
    return HttpService.Wired.of(
        new Health(parts, clock),
        new Routes()
            .openTo(origins)
            .below(
                "PATCH",
                "/*",
                new CancelHandler(records, thumbnails, publishImageCompleted, publicUrl, clock))
            .below(
                "POST",
                "/*:redeliver",
                new RedeliverHandler(records, callbacks, queue, publicUrl, clock))
            .below("POST", "/*:retry", new RetryHandler(records, queue, publicUrl, clock)));
  }
}
