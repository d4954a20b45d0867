package dev.whatsit.fetch;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.events.PushService;
import java.util.Map;

/** HTTP entry point of {@link FetchFunction} for a Pub/Sub push subscription. Thread-safe. */
public final class FetchPushFunction extends PushService {
  /** Creates the function from environment variables, as the Functions Framework does. */
  public FetchPushFunction() {
    super(FetchWiring::wire);
  }

  /** Creates the function with settings and a backend that the caller owns. */
  public FetchPushFunction(Map<String, String> settings, Backend backend) {
    super(FetchWiring::wire, settings, backend);
  }
}
