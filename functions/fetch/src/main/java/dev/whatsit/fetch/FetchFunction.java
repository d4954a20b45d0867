package dev.whatsit.fetch;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.events.EventService;
import java.util.Map;

/**
 * The event function that carries on one item of a batch for each message. Thread-safe.
 */
public final class FetchFunction extends EventService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public FetchFunction() {
    super(FetchWiring::wire);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public FetchFunction(Map<String, String> settings, Backend backend) {
    super(FetchWiring::wire, settings, backend);
  }
}
