package dev.whatsit.notify;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.HttpService;
import java.util.Map;

/**
 * {@link NotifyFunction} as a Pub/Sub push subscription calls it. Thread-safe.
 */
public final class NotifyPushFunction extends HttpService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public NotifyPushFunction() {
    super(NotifyPushFunction::wire);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public NotifyPushFunction(Map<String, String> settings, Backend backend) {
    super(NotifyPushFunction::wire, settings, backend);
  }

  private static Wired wire(Map<String, String> settings, Backend backend) {
    return NotifyWiring.wire(settings, backend).pushDoor();
  }
}
