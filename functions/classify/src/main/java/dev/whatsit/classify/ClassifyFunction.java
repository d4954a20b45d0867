package dev.whatsit.classify;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.events.EventService;
import java.util.Map;

/** The event function that classifies an image for each message. Thread-safe. */
public final class ClassifyFunction extends EventService {
  /** Creates the function from environment variables, as the Functions Framework does. */
  public ClassifyFunction() {
    super(ClassifyWiring::wire);
  }

  /** Creates the function with settings and a backend that the caller owns. */
  public ClassifyFunction(Map<String, String> settings, Backend backend) {
    super(ClassifyWiring::wire, settings, backend);
  }
}
