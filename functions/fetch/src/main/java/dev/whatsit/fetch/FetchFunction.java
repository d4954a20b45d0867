package dev.whatsit.fetch;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.events.EventService;
import java.util.Map;

/** The event function that processes one batch item for each message. Thread-safe. */
public final class FetchFunction extends EventService {
  /**
   * Creates the function from environment variables, as the Functions Framework does.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public FetchFunction() {
    super(FetchWiring::wire);
  }

  /**
   * Creates the function with the caller's settings and backend. The caller closes the function
   * first, then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public FetchFunction(Map<String, String> settings, Backend backend) {
    super(FetchWiring::wire, settings, backend);
  }
}
