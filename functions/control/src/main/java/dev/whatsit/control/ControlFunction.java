package dev.whatsit.control;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.HttpService;
import java.util.Map;

/**
 * The HTTP function behind {@code PATCH /v1/images/{hash}} and {@code POST
 * /v1/images/{hash}:retry}. Thread-safe.
 */
public final class ControlFunction extends HttpService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ControlFunction() {
    super(ControlWiring::wire);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ControlFunction(Map<String, String> settings, Backend backend) {
    super(ControlWiring::wire, settings, backend);
  }
}
