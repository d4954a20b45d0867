package dev.whatsit.progress;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.events.EventService;
import java.util.Map;

/** The event function on the results topic that updates batches from their images. Thread-safe. */
public final class ProgressFunction extends EventService {
  /**
   * Creates the function from environment variables, as the Functions Framework does.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ProgressFunction() {
    super(ProgressWiring::wire);
  }

  /**
   * Creates the function with the caller's settings and backend. The caller closes the function
   * first, then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ProgressFunction(Map<String, String> settings, Backend backend) {
    super(ProgressWiring::wire, settings, backend);
  }
}
