package dev.whatsit.classify;

import com.google.cloud.functions.HttpFunction;
import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import java.io.IOException;
import java.util.Map;

/**
 * The same function as a Pub/Sub push subscription calls it: an HTTP function, since the framework
 * answers 500 to a plain push that it should turn into a CloudEvent (functions-framework-java issue
 * 375). Safe for use by several threads.
 */
public final class ClassifyPushFunction implements HttpFunction, AutoCloseable {
  private final ClassifyWiring wiring;

  /**
   * As the Functions Framework builds it: settings from the environment, the backend and classifier
   * that they choose, and a drain at shutdown.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ClassifyPushFunction() {
    this(ClassifyWiring.ofEnvironment());
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ClassifyPushFunction(Map<String, String> settings, Backend backend) {
    this(ClassifyWiring.of(settings, backend));
  }

  private ClassifyPushFunction(ClassifyWiring wiring) {
    this.wiring = wiring;
  }

  @Override
  public void service(HttpRequest request, HttpResponse response) throws IOException {
    wiring.pushEndpoint().service(request, response);
  }

  /** Waits for pushes in flight, for a bounded time, then closes the classifier. */
  @Override
  public void close() {
    wiring.close();
  }
}
