package dev.whatsit.fetch;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.HttpService;
import java.util.Map;

/**
 * {@link FetchFunction} as a Pub/Sub push subscription calls it. Thread-safe.
 */
public final class FetchPushFunction extends HttpService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public FetchPushFunction() {
    super(FetchPushFunction::wire);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public FetchPushFunction(Map<String, String> settings, Backend backend) {
    super(FetchPushFunction::wire, settings, backend);
  }

  private static Wired wire(Map<String, String> settings, Backend backend) {
    return FetchWiring.wire(settings, backend).pushDoor();
  }
}
