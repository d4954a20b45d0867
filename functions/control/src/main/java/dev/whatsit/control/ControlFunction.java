package dev.whatsit.control;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.http.HttpService;
import java.util.Map;

/**
 * The HTTP function behind {@code PATCH /v1/images/{hash}}, {@code POST /v1/images/{hash}:retry}
 * and {@code POST /v1/images/{hash}:redeliver}. Thread-safe.
 */
public final class ControlFunction extends HttpService {
  /** Creates the function from environment variables, as the Functions Framework does. */
  public ControlFunction() {
    super(ControlWiring::wire);
  }

  /** Creates the function with settings and a backend that the caller owns. */
  public ControlFunction(Map<String, String> settings, Backend backend) {
    super(ControlWiring::wire, settings, backend);
  }
}
