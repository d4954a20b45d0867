package dev.whatsit.progress;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.events.PushService;
import java.util.Map;

/** HTTP entry point of {@link ProgressFunction} for a Pub/Sub push subscription. Thread-safe. */
public final class ProgressPushFunction extends PushService {
  /** Creates the function from environment variables, as the Functions Framework does. */
  public ProgressPushFunction() {
    super(ProgressWiring::wire);
  }

  /** Creates the function with settings and a backend that the caller owns. */
  public ProgressPushFunction(Map<String, String> settings, Backend backend) {
    super(ProgressWiring::wire, settings, backend);
  }
}
