package dev.whatsit.status;

import com.google.cloud.functions.HttpFunction;
import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import java.io.IOException;
import java.util.Map;

/**
 * The HTTP function behind {@code GET /v1/images/{hash}} and {@code /openapi.yaml}. Safe for use by
 * several threads.
 */
public final class StatusFunction implements HttpFunction, AutoCloseable {
  private final StatusWiring wiring;

  /**
   * As the Functions Framework builds it: settings from the environment, the backend that they
   * choose, and a drain at shutdown.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public StatusFunction() {
    this(StatusWiring.ofEnvironment());
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public StatusFunction(Map<String, String> settings, Backend backend) {
    this(StatusWiring.of(settings, backend));
  }

  private StatusFunction(StatusWiring wiring) {
    this.wiring = wiring;
  }

  @Override
  public void service(HttpRequest request, HttpResponse response) throws IOException {
    wiring.endpoint().service(request, response);
  }

  /** Waits for requests in flight, for a bounded time. */
  @Override
  public void close() {
    wiring.close();
  }
}
