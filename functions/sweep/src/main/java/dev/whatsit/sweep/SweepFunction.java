package dev.whatsit.sweep;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.HttpService;
import java.util.Map;

/**
 * The HTTP function that a scheduler calls with {@code POST /}, every minute or so. Two calls at
 * the same moment do no harm. Thread-safe.
 */
public final class SweepFunction extends HttpService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public SweepFunction() {
    super(SweepWiring::wire);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public SweepFunction(Map<String, String> settings, Backend backend) {
    super(SweepWiring::wire, settings, backend);
  }
}
