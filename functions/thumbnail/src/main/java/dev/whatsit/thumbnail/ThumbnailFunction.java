package dev.whatsit.thumbnail;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.events.EventService;
import java.util.Map;

/**
 * The event function that makes the thumbnails of an image for each message of the work topic. It
 * has its own subscription there, so that neither it nor classify waits for the other. Thread-safe.
 */
public final class ThumbnailFunction extends EventService {
  /**
   * Creates the function from environment variables, as the Functions Framework does.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ThumbnailFunction() {
    super(ThumbnailWiring::wire);
  }

  /**
   * Creates the function with the caller's settings and backend. The caller closes the function
   * first, then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ThumbnailFunction(Map<String, String> settings, Backend backend) {
    super(ThumbnailWiring::wire, settings, backend);
  }
}
