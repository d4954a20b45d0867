package dev.whatsit.notify;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.events.EventService;
import java.util.Map;

/** The event function on the results topic that notifies subscribers. Thread-safe. */
public final class NotifyFunction extends EventService {
  /**
   * Creates the function from environment variables, as the Functions Framework does.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public NotifyFunction() {
    super(NotifyWiring::wire);
  }

  /**
   * Creates the function with the caller's settings and backend. The caller closes the function
   * first, then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public NotifyFunction(Map<String, String> settings, Backend backend) {
    super(NotifyWiring::wire, settings, backend);
  }
}
