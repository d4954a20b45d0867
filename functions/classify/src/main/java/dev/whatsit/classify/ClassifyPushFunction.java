package dev.whatsit.classify;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.HttpService;
import java.util.Map;

/**
 * {@link ClassifyFunction} as a Pub/Sub push subscription calls it. Thread-safe.
 */
public final class ClassifyPushFunction extends HttpService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ClassifyPushFunction() {
    super(ClassifyPushFunction::wire);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ClassifyPushFunction(Map<String, String> settings, Backend backend) {
    super(ClassifyPushFunction::wire, settings, backend);
  }

  private static Wired wire(Map<String, String> settings, Backend backend) {
    return ClassifyWiring.wire(settings, backend).pushDoor();
  }
}
