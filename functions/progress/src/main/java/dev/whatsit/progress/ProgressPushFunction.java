package dev.whatsit.progress;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.HttpService;
import java.util.Map;

/**
 * {@link ProgressFunction} as a Pub/Sub push subscription calls it. Thread-safe.
 */
public final class ProgressPushFunction extends HttpService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ProgressPushFunction() {
    super(ProgressPushFunction::wire);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
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
