package dev.whatsit.status;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import dev.whatsit.domain.thumbnail.ThumbnailStore;
import dev.whatsit.http.Health;
import dev.whatsit.http.HttpService;
import dev.whatsit.http.Routes;
import dev.whatsit.http.Waiting;
import dev.whatsit.logging.Logging;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/** Puts the status function together. The only place in it that knows adapters and the clock. */
final class StatusWiring {
  private StatusWiring() {}

  static HttpService.Wired wire(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    int mostWaiters = Waiting.most(settings);
    Backends.verify(
        backend,
        settings,
        List.of(
            RecordStore.class,
            ThumbnailRecords.class,
            ImageStore.class,
            ThumbnailStore.class,
            CallbackStore.class));
    RecordStore records = Backends.require(backend, RecordStore.class, settings);
    ThumbnailRecords illustrated = Backends.require(backend, ThumbnailRecords.class, settings);
    Links links =
        new Links(
            Backends.require(backend, ImageStore.class, settings),
            Backends.require(backend, ThumbnailStore.class, settings));
    CallbackStore callbacks = Backends.require(backend, CallbackStore.class, settings);

    Clock clock = Clock.systemUTC();
    Waiting waiting = new Waiting(records, clock, mostWaiters);
    Routes routes =
        new Health(Map.of("records", records::checkReachable), clock)
            .addTo(new Routes())
            .at("GET", "/openapi.yaml", new OpenApiHandler())
            .underImages("GET", "", new ListHandler(records, clock))
            .underImages("GET", "/*/callbacks", new CallbacksHandler(records, callbacks, clock))
            .underImages("GET", "/*", new StatusHandler(illustrated, links, waiting, clock));
    return new HttpService.Wired(routes, waiting::stop, () -> {}, () -> 0);
  }
}
