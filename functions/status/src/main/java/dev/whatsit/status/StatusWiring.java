package dev.whatsit.status;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.image.ImageLinks;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.http.Drain;
import dev.whatsit.http.Endpoint;
import dev.whatsit.http.Health;
import dev.whatsit.http.Routes;
import dev.whatsit.logging.Logging;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;

/**
 * Puts the status function together. The only place in it that knows the environment and the clock.
 */
final class StatusWiring implements AutoCloseable {
  private static final Duration DRAIN = Duration.ofSeconds(9);

  private final Endpoint endpoint;
  private final Drain drain;

  private StatusWiring(Endpoint endpoint, Drain drain) {
    this.endpoint = endpoint;
    this.drain = drain;
  }

  static StatusWiring ofEnvironment() {
    Map<String, String> environment = System.getenv();
    Logging.install(environment);
    Backend backend = Backends.choose(Settings.of(environment));
    StatusWiring wiring = of(environment, backend);
    wiring.drain.onShutdown(DRAIN, () -> Backends.close(backend));
    return wiring;
  }

  static StatusWiring of(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    RecordStore records = Backends.require(backend, RecordStore.class, settings);
    ImageLinks links = Backends.require(backend, ImageLinks.class, settings);
    settings.verify();

    Clock clock = Clock.systemUTC();
    Routes routes =
        new Health(Map.of("records", records::checkReachable), clock)
            .addTo(new Routes())
            .at("GET", "/openapi.yaml", new OpenApiHandler())
            .underImages("GET", "/*", new StatusHandler(records, links, clock));
    Drain drain = new Drain();
    return new StatusWiring(new Endpoint(routes, drain), drain);
  }

  Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public void close() {
    drain.await(DRAIN);
  }
}
