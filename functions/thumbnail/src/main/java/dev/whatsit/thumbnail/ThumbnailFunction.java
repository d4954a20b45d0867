package dev.whatsit.thumbnail;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.events.EventService;
import java.util.Map;

/**
 * The event function that makes the thumbnails of an image for each message of the work topic. It
 * has its own subscription there, so that neither it nor classify waits for the other. Thread-safe.
 */
public final class ThumbnailFunction extends EventService {
  /** Creates the function from environment variables, as the Functions Framework does. */
  public ThumbnailFunction() {
    super(ThumbnailWiring::wire);
  }

  /** Creates the function with settings and a backend that the caller owns. */
  public ThumbnailFunction(Map<String, String> settings, Backend backend) {
    super(ThumbnailWiring::wire, settings, backend);
  }
}
