package dev.whatsit.local;

import dev.whatsit.local.functions.Guard;
import dev.whatsit.local.metrics.LocalMetrics;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The event functions and who delivers messages to them. Served and started once, in this order;
 * all else is thread-safe.
 */
interface Deliveries extends AutoCloseable {
  /** Serves the functions; nothing is delivered yet. */
  void serve(Guard guard, LocalMetrics metrics);

  /** Begins to deliver. */
  void start();

  /** Whether messages are being delivered. */
  boolean areGoingOn();

  /** Deliveries that have not been answered yet. */
  int inFlight();

  /** Functions that answer for their own health over HTTP: name and port. */
  Map<String, Integer> healthPorts();

  /** Functions that cannot: for each the name, and whether each of its parts works, by its name. */
  Map<String, Supplier<Map<String, Boolean>>> health();

  /**
   * What stops the deliveries, to be run at the same time: each has no more delivered, and waits
   * for what is in flight, at most {@link LocalServer#DRAIN}.
   */
  List<Runnable> stops();

  /** Ends the functions. */
  @Override
  void close();
}
