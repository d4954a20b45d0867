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
 * What a function is wired with when the platform builds it: the environment as settings and the
 * backend that they choose. The one place where functions read the environment.
 *
 * @param settings names and values
 * @param backend to be closed after the function
 */
public record EnvironmentWiring(Map<String, String> settings, Backend backend) {
  private static final EventLog LOG = EventLog.of(EnvironmentWiring.class);

  /**
   * Reads the environment, sets logging up by it, and finds the backend.
   *
   * @throws InvalidSettings if there is no such backend
   */
  public static EnvironmentWiring load() {
    Map<String, String> environment = System.getenv();
    Logging.install(environment);
    return new EnvironmentWiring(environment, Backends.choose(Settings.of(environment)));
  }

  /**
   * Registers the shutdown hook without which SIGTERM drops requests in flight: it closes the
   * function, which waits for them, and then the backend.
   */
  public void closeAtShutdown(AutoCloseable function) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(function), "shutdown-drain"));
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
