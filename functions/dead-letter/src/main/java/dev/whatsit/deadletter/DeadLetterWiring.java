package dev.whatsit.deadletter;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.http.Health;
import dev.whatsit.http.HttpService;
import dev.whatsit.http.Routes;
import dev.whatsit.logging.Logging;
import java.time.Clock;
import java.util.Map;

/**
 * Puts the dead-letter function together. The only place in it that knows adapters and the clock.
 *
 * @param endGivenUp the use case
 * @param health of the record store, the only port that it needs
 */
record DeadLetterWiring(EndGivenUp endGivenUp, Health health) {
  static HttpService.Wired wirePush(Map<String, String> values, Backend backend) {
    DeadLetterWiring wiring = of(values, backend);
    return HttpService.Wired.of(
        wiring.health.addTo(new Routes()).at("POST", "/", new PushHandler(wiring.endGivenUp)));
  }

  static DeadLetterWiring of(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    RecordStore records = Backends.require(backend, RecordStore.class, settings);
    settings.verify();
    Clock clock = Clock.systemUTC();
    return new DeadLetterWiring(
        new EndGivenUp(records, clock),
        new Health(Map.of("records", records::checkReachable), clock));
  }
}
