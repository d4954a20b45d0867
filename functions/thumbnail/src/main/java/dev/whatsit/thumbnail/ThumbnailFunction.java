package dev.whatsit.thumbnail;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.events.EventService;
import java.util.Map;

/**
 * The event function that makes small pictures of an image for each message of the work topic. It
 * has a subscription of its own there, so that neither it nor classify waits for the other. Safe
 * for use by several threads.
 */
public final class ThumbnailFunction extends EventService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ThumbnailFunction() {
    super(ThumbnailWiring::wire);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ThumbnailFunction(Map<String, String> settings, Backend backend) {
    super(ThumbnailWiring::wire, settings, backend);
  }
}
