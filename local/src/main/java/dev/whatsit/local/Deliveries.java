package dev.whatsit.local;

import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.local.functions.EventFunction;
import dev.whatsit.local.functions.InProcessServer;
import dev.whatsit.local.metrics.LocalMetrics;
import java.io.IOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Builds the event functions and delivers messages to them. Call {@link #mount}, then {@link
 * #start}, each once. All other methods are thread-safe.
 */
interface Deliveries extends AutoCloseable {
  /**
   * Mounts the functions on a server that is not started yet; nothing is delivered.
   *
   * @throws IOException if the server cannot open the port that the deliveries need
   */
  void mount(InProcessServer server, LocalMetrics metrics) throws IOException;

  /** Starts the deliveries; the server runs. */
  void start();

  /** Whether messages are being delivered. */
  boolean areGoingOn();

  /** The number of deliveries without a response yet. */
  int inFlight();

  /** By function name, whether each of its parts works, by part name. */
  Map<String, Supplier<Map<String, Boolean>>> health();

  /**
   * Actions that stop the deliveries, to be run in parallel. Each stops new deliveries and waits
   * for those in flight; {@link LocalServer#DRAIN} limits the wait.
   */
  List<Runnable> stops();

  /** Closes the functions. */
  @Override
  void close();

  /**
   * Builds an entry point of every event function.
   *
   * @param opened closes them; at once if one cannot be built
   * @throws InvalidSettings naming every wrong setting of all functions
   */
  static <F extends AutoCloseable> Map<EventFunction, F> build(
      Map<String, String> values, Function<EventFunction, F> building, CloseableStack opened) {
    Settings problems = Settings.of(values);
    Map<EventFunction, F> built = new EnumMap<>(EventFunction.class);
    for (EventFunction function : EventFunction.values()) {
      F entry = problems.collect(() -> building.apply(function));
      if (entry != null) {
        built.put(function, opened.keep(entry));
      }
    }
    try {
      problems.verify();
    } catch (InvalidSettings e) {
      opened.closeAfter(e);
      throw e;
    }
    return built;
  }

  /** As {@link #health()}, of functions built by {@link #build}. */
  static <F> Map<String, Supplier<Map<String, Boolean>>> health(
      Map<EventFunction, F> built, Function<F, Map<String, Boolean>> health) {
    Map<String, Supplier<Map<String, Boolean>>> all = new HashMap<>();
    built.forEach((function, entry) -> all.put(function.word(), () -> health.apply(entry)));
    return all;
  }
}
