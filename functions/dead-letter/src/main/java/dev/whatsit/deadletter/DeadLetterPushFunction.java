package dev.whatsit.deadletter;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.HttpService;
import java.util.Map;

/**
 * The same function as a Pub/Sub push subscription calls it: an HTTP function, since the framework
 * answers 500 to a plain push that it should turn into a CloudEvent (functions-framework-java issue
 * 375). Safe for use by several threads.
 */
public final class DeadLetterPushFunction extends HttpService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public DeadLetterPushFunction() {
    super(DeadLetterWiring::wirePush);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public DeadLetterPushFunction(Map<String, String> settings, Backend backend) {
    super(DeadLetterWiring::wirePush, settings, backend);
  }
}
