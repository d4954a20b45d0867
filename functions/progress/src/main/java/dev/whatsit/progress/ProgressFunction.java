package dev.whatsit.progress;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.events.EventService;
import java.util.Map;

/** The event function on the results topic that updates batches from their images. Thread-safe. */
public final class ProgressFunction extends EventService {
  /** Creates the function from environment variables, as the Functions Framework does. */
  public ProgressFunction() {
    super(ProgressWiring::wire);
  }

  /** Creates the function with settings and a backend that the caller owns. */
  public ProgressFunction(Map<String, String> settings, Backend backend) {
    super(ProgressWiring::wire, settings, backend);
  }
}
