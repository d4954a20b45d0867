package dev.whatsit.fetch;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.HttpService;
import java.util.Map;

/** HTTP entry point of {@link FetchFunction} for a Pub/Sub push subscription. Thread-safe. */
public final class FetchPushFunction extends HttpService {
  /**
   * Creates the function from environment variables, as the Functions Framework does.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public FetchPushFunction() {
    super(FetchPushFunction::wire);
  }

  /**
   * Creates the function with the caller's settings and backend. The caller closes the function
   * first, then the backend.
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
