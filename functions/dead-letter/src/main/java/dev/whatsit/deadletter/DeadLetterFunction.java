package dev.whatsit.deadletter;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.events.EventService;
import java.util.Map;

/**
 * The event function on the dead-letter topic. It has a subscription of its own, so that what it
 * acknowledges stays in that from which operators replay. Thread-safe.
 */
public final class DeadLetterFunction extends EventService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public DeadLetterFunction() {
    super(DeadLetterWiring::wire);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public DeadLetterFunction(Map<String, String> settings, Backend backend) {
    super(DeadLetterWiring::wire, settings, backend);
  }
}
