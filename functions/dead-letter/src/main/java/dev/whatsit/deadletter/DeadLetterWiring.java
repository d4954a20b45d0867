package dev.whatsit.deadletter;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.callback.AnnounceEnd;
import dev.whatsit.domain.callback.ResultQueue;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.events.EventService;
import dev.whatsit.http.Health;
import dev.whatsit.logging.Logging;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/**
 * Puts the dead-letter function together. The only place in it that knows adapters and the clock.
 */
final class DeadLetterWiring {
  private DeadLetterWiring() {}

  static EventService.Wired wire(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    Backends.verify(backend, settings, List.of(RecordStore.class, ResultQueue.class));
    RecordStore records = Backends.require(backend, RecordStore.class, settings);
    ResultQueue results = Backends.require(backend, ResultQueue.class, settings);
    Clock clock = Clock.systemUTC();
    return new EventService.Wired(
        new EndGivenUp(records, new AnnounceEnd(results), clock),
        new Health(Map.of("records", records::checkReachable), clock),
        () -> {});
  }
}
