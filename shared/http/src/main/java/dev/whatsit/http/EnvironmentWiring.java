package dev.whatsit.http;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import dev.whatsit.logging.Logging;
import java.util.Map;

/**
 * The input of a function's wiring on the platform: the environment as settings, and the backend
 * that they choose. The only place where functions read the environment.
 *
 * @param settings names and values
 * @param backend to be closed after the function
 */
public record EnvironmentWiring(Map<String, String> settings, Backend backend) {
  private static final EventLog LOG = EventLog.of(EnvironmentWiring.class);

  /**
   * Reads the environment, sets up logging, and chooses the backend.
   *
   * @throws InvalidSettings if the chosen backend does not exist
   */
  public static EnvironmentWiring load() {
    Map<String, String> environment = System.getenv();
    Logging.install(environment);
    return new EnvironmentWiring(environment, Backends.choose(Settings.of(environment)));
  }

  /**
   * Registers a shutdown hook that closes the function, which waits for requests in flight, and
   * then the backend. Without the hook, SIGTERM drops requests in flight.
   */
  public void closeAtShutdown(AutoCloseable function) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(function), "graceful-shutdown"));
  }

  private void close(AutoCloseable function) {
    try {
      function.close();
      Backends.close(backend);
    } catch (Exception e) {
      LOG.warning("not closed cleanly", Labels.NONE, e);
    }
  }
}
