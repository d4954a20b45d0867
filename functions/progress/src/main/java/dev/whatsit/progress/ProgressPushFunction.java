package dev.whatsit.progress;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.HttpService;
import java.util.Map;

/** HTTP entry point of {@link ProgressFunction} for a Pub/Sub push subscription. Thread-safe. */
public final class ProgressPushFunction extends HttpService {
  /**
   * Creates the function from environment variables, as the Functions Framework does.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ProgressPushFunction() {
    super(ProgressPushFunction::wire);
  }

  /**
   * Creates the function with the caller's settings and backend. The caller closes the function
   * first, then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ProgressPushFunction(Map<String, String> settings, Backend backend) {
    super(ProgressPushFunction::wire, settings, backend);
  }

  private static Wired wire(Map<String, String> settings, Backend backend) {
    return ProgressWiring.wire(settings, backend).pushDoor();
  }
}
