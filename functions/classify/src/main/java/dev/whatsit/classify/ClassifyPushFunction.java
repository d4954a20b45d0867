package dev.whatsit.classify;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.events.PushService;
import java.util.Map;

/** HTTP entry point of {@link ClassifyFunction} for a Pub/Sub push subscription. Thread-safe. */
public final class ClassifyPushFunction extends PushService {
  /** Creates the function from environment variables, as the Functions Framework does. */
  public ClassifyPushFunction() {
    super(ClassifyWiring::wire);
  }

  /** Creates the function with settings and a backend that the caller owns. */
  public ClassifyPushFunction(Map<String, String> settings, Backend backend) {
    super(ClassifyWiring::wire, settings, backend);
  }
}
