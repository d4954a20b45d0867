package dev.whatsit.status;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Ports;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import dev.whatsit.http.CompletionWaiter;
import dev.whatsit.http.CorsOrigins;
import dev.whatsit.http.Health;
import dev.whatsit.http.HttpService;
import dev.whatsit.http.Routes;
import dev.whatsit.http.WebOrigins;
import dev.whatsit.logging.Logging;
import java.time.Clock;
import java.util.Map;

/** Composition root of the status function. Only this class knows adapters and the clock. */
final class StatusWiring {
  private StatusWiring() {}

  static HttpService.Wired wire(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    // It changes nothing, so pages of PUBLIC_URL need no leave.
    WebOrigins origins = CorsOrigins.of(settings, "");
    int maxWaiters = CompletionWaiter.maxWaiters(settings);
    Ports ports = new Ports(backend, settings);
    DocumentStore documents = ports.documents();
    ImageStore images = ports.images();
    ImageStore thumbnails = ports.thumbnails();
    ports.verify();
    RecordStore records = new RecordStore(documents);
    ThumbnailRecords illustrated = new ThumbnailRecords(documents);
    CallbackStore callbacks = new CallbackStore(documents);

    Clock clock = Clock.systemUTC();
    CompletionWaiter waiter = new CompletionWaiter(records, clock, maxWaiters);
    Health health = new Health(Map.of("records", documents::check), clock);
    Routes routes =
        new Routes()
            .openTo(origins)
            .at("GET", "/openapi.yaml", new OpenApiHandler())
            .below("GET", "", new ListHandler(records, clock))
            .below("GET", "/*/callbacks", new CallbacksHandler(records, callbacks, clock))
            .below("GET", "/*", new StatusHandler(illustrated, images, thumbnails, waiter, clock));
    return new HttpService.Wired(health, routes, waiter::stop, () -> {}, () -> 0);
  }
}
