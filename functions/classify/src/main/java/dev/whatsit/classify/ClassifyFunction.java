package dev.whatsit.classify;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.events.EventService;
import java.util.Map;

/**
 * The event function that classifies an image for each message. Thread-safe.
 */
public final class ClassifyFunction extends EventService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ClassifyFunction() {
    super(ClassifyWiring::wire);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ClassifyFunction(Map<String, String> settings, Backend backend) {
    super(ClassifyWiring::wire, settings, backend);
  }
}
