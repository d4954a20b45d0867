package dev.whatsit.notify;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.events.PushService;
import java.util.Map;

/** HTTP entry point of {@link NotifyFunction} for a Pub/Sub push subscription. Thread-safe. */
public final class NotifyPushFunction extends PushService {
  /** Creates the function from environment variables, as the Functions Framework does. */
  public NotifyPushFunction() {
    super(NotifyWiring::wire);
  }

  /** Creates the function with settings and a backend that the caller owns. */
  public NotifyPushFunction(Map<String, String> settings, Backend backend) {
    super(NotifyWiring::wire, settings, backend);
  }
}
