package dev.whatsit.deadletter;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.events.EventService;
import java.util.Map;

/**
 * The event function on the dead-letter topic. It has a subscription of its own, so that the
 * messages that it acks stay in the subscription from which operators replay. Thread-safe.
 */
public final class DeadLetterFunction extends EventService {
  /** Creates the function from environment variables, as the Functions Framework does. */
  public DeadLetterFunction() {
    super(DeadLetterWiring::wire);
  }

  /** Creates the function with settings and a backend that the caller owns. */
  public DeadLetterFunction(Map<String, String> settings, Backend backend) {
    super(DeadLetterWiring::wire, settings, backend);
  }
}
