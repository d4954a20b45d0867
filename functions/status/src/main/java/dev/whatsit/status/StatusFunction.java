package dev.whatsit.status;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.HttpService;
import java.util.Map;

/**
 * The HTTP function behind {@code GET /v1/images}, {@code GET /v1/images/{hash}} and {@code
 * /openapi.yaml}. Thread-safe.
 */
public final class StatusFunction extends HttpService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public StatusFunction() {
    super(StatusWiring::wire);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public StatusFunction(Map<String, String> settings, Backend backend) {
    super(StatusWiring::wire, settings, backend);
  }
}
