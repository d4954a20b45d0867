package dev.whatsit.local;

import dev.whatsit.local.functions.Guard;
import dev.whatsit.local.metrics.LocalMetrics;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Runs the event functions and delivers messages to them. Call {@link #serve}, then {@link #start},
 * each once. All other methods are thread-safe.
 */
interface Deliveries extends AutoCloseable {
  /** Serves the functions; nothing is delivered yet. */
  void serve(Guard guard, LocalMetrics metrics);

  /** Starts the deliveries. */
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
}
