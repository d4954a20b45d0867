package dev.whatsit.thumbnail;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.HttpService;
import java.util.Map;

/**
 * {@link ThumbnailFunction} as a Pub/Sub push subscription calls it. Thread-safe.
 */
public final class ThumbnailPushFunction extends HttpService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ThumbnailPushFunction() {
    super(ThumbnailPushFunction::wire);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
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
