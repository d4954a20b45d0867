package dev.whatsit.local.dispatch;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.local.functions.InProcessServer;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Calls the sweep function periodically, as Cloud Scheduler does on Google Cloud. The first call is
 * immediate, because work may have come due while no server was running. Thread-safe.
 */
public final class Sweeper implements AutoCloseable {
  /** Longer than the maximum that a sweep may be configured to take. */
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  /** The name under which the sweep function is mounted. */
  public static final String FUNCTION = "sweep";

  private static final EventLog LOG = EventLog.of(Sweeper.class);

  private final InProcessServer server;
  private final Duration drain;
  private final Runnable before;
  private final ScheduledExecutorService timer;

  private Sweeper(InProcessServer server, Duration drain, Runnable before) {
    this.server = server;
    this.drain = drain;
    this.before = before;
    this.timer = Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "sweeper"));
  }

  /**
   * Starts calling the function that is mounted as {@link #FUNCTION}.
   *
   * @param interval from the end of a sweep to the start of the next
   * @param drain how long {@link #close} waits for a sweep in flight
   * @param before runs before each sweep; its {@link TransientFailure} is logged
   */
  public static Sweeper start(
      InProcessServer server, Duration interval, Duration drain, Runnable before) {
    Sweeper sweeper = new Sweeper(server, drain, before);
    var unused =
        sweeper.timer.scheduleWithFixedDelay(
            sweeper::sweep, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
    return sweeper;
  }

  private void sweep() {
    try {
      before.run();
    } catch (TransientFailure e) {
      LOG.warning("not done before a sweep", Labels.NONE, e);
    }
    try {
      int status = server.post(FUNCTION, Map.of(), new byte[0], TIMEOUT);
      if (status != 200) {
        LOG.warning("the sweep failed", Labels.of("status", status), null);
      }
    } catch (IOException e) {
      LOG.warning("no response to a sweep", Labels.NONE, e);
    } catch (InterruptedException e) {
      // Stopping: a sweep after the next start finds the rest.
      Thread.currentThread().interrupt();
    }
  }

  /** Starts no more sweeps, waits for one in flight for a bounded time, and stops. */
  @Override
  public void close() {
    timer.shutdown();
    boolean interrupted = false;
    try {
      timer.awaitTermination(drain.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    timer.shutdownNow();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
