package dev.whatsit.classify;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.events.EventService;
import java.util.Map;

/** The event function that classifies an image for each message. Thread-safe. */
public final class ClassifyFunction extends EventService {
  /**
   * Creates the function from environment variables, as the Functions Framework does.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ClassifyFunction() {
    super(ClassifyWiring::wire);
  }

  /**
   * Creates the function with the caller's settings and backend. The caller closes the function
   * first, then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ClassifyFunction(Map<String, String> settings, Backend backend) {
    super(ClassifyWiring::wire, settings, backend);
  }
}
