package dev.whatsit.deadletter;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.events.PushService;
import java.util.Map;

/** HTTP entry point of {@link DeadLetterFunction} for a Pub/Sub push subscription. Thread-safe. */
public final class DeadLetterPushFunction extends PushService {
  /** Creates the function from environment variables, as the Functions Framework does. */
  public DeadLetterPushFunction() {
    super(DeadLetterWiring::wire);
  }

  /** Creates the function with settings and a backend that the caller owns. */
  public DeadLetterPushFunction(Map<String, String> settings, Backend backend) {
    super(DeadLetterWiring::wire, settings, backend);
  }
}
