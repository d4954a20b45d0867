package dev.whatsit.deadletter;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.HttpService;
import java.util.Map;

/**
 * {@link DeadLetterFunction} as a Pub/Sub push subscription calls it. Thread-safe.
 */
public final class DeadLetterPushFunction extends HttpService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public DeadLetterPushFunction() {
    super(DeadLetterPushFunction::wire);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public DeadLetterPushFunction(Map<String, String> settings, Backend backend) {
    super(DeadLetterPushFunction::wire, settings, backend);
  }

  private static Wired wire(Map<String, String> settings, Backend backend) {
    return DeadLetterWiring.wire(settings, backend).pushDoor();
  }
}
