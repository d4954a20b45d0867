package dev.whatsit.sweep;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.http.HttpService;
import java.util.Map;

/**
 * The HTTP function that a scheduler calls with {@code POST /}, about once a minute. Concurrent
 * calls are harmless. Thread-safe.
 */
public final class SweepFunction extends HttpService {
  /** Creates the function from environment variables, as the Functions Framework does. */
  public SweepFunction() {
    super(SweepWiring::wire);
  }

  /** Creates the function with settings and a backend that the caller owns. */
  public SweepFunction(Map<String, String> settings, Backend backend) {
    super(SweepWiring::wire, settings, backend);
  }
}
