package dev.whatsit.notify;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.events.EventService;
import java.util.Map;

/**
 * The event function on the topic of results: tells those who wait. Thread-safe.
 */
public final class NotifyFunction extends EventService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public NotifyFunction() {
    super(NotifyWiring::wire);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public NotifyFunction(Map<String, String> settings, Backend backend) {
    super(NotifyWiring::wire, settings, backend);
  }
}
