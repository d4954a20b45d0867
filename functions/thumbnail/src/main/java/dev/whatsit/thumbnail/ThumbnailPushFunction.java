package dev.whatsit.thumbnail;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.HttpService;
import java.util.Map;

/** HTTP entry point of {@link ThumbnailFunction} for a Pub/Sub push subscription. Thread-safe. */
public final class ThumbnailPushFunction extends HttpService {
  /**
   * Creates the function from environment variables, as the Functions Framework does.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ThumbnailPushFunction() {
    super(ThumbnailPushFunction::wire);
  }

  /**
   * Creates the function with the caller's settings and backend. The caller closes the function
   * first, then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ThumbnailPushFunction(Map<String, String> settings, Backend backend) {
    super(ThumbnailPushFunction::wire, settings, backend);
  }

  private static Wired wire(Map<String, String> settings, Backend backend) {
    return ThumbnailWiring.wire(settings, backend).pushDoor();
  }
}
