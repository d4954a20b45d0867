package dev.whatsit.progress;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.events.EventService;
import java.util.Map;

/**
 * The event function on the results topic that brings batches to where their images stand. Thread-safe.
 */
public final class ProgressFunction extends EventService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ProgressFunction() {
    super(ProgressWiring::wire);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ProgressFunction(Map<String, String> settings, Backend backend) {
    super(ProgressWiring::wire, settings, backend);
  }
}
