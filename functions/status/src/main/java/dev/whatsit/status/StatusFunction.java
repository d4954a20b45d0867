package dev.whatsit.status;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.http.HttpService;
import java.util.Map;

/**
 * The HTTP function behind {@code GET /v1/images}, {@code GET /v1/images/{hash}}, {@code GET
 * /v1/images/{hash}/callbacks} and {@code /openapi.yaml}. Thread-safe.
 */
public final class StatusFunction extends HttpService {
  /** Creates the function from environment variables, as the Functions Framework does. */
  public StatusFunction() {
    super(StatusWiring::wire);
  }

  /** Creates the function with settings and a backend that the caller owns. */
  public StatusFunction(Map<String, String> settings, Backend backend) {
    super(StatusWiring::wire, settings, backend);
  }
}
