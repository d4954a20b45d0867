package dev.whatsit.local.dispatch;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.local.functions.Guard;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.http.HttpMethod;

/**
 * Calls the sweep function periodically over HTTP, as Cloud Scheduler does on Google Cloud. The
 * first call is immediate, because work may have come due while no server was running. Thread-safe.
 */
public final class Sweeper implements AutoCloseable {
  /** Longer than the maximum that a sweep may be configured to take. */
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  private static final EventLog LOG = EventLog.of(Sweeper.class);

  private final HttpClient client;
  private final Guard guard;
  private final int port;
  private final Duration drain;
  private final Runnable before;
  private final ScheduledExecutorService timer;

  private Sweeper(HttpClient client, Guard guard, int port, Duration drain, Runnable before) {
    this.client = client;
    this.guard = guard;
    this.port = port;
    this.drain = drain;
    this.before = before;
    this.timer = Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "sweeper"));
  }

  /**
   * Starts calling the function on this port of this machine.
   *
   * @param guard adds the secret that the function requires
   * @param interval from the end of a sweep to the start of the next
   * @param drain how long {@link #close} waits for a sweep in flight
   * @param before runs before each sweep; its {@link TransientFailure} is logged
   */
  public static Sweeper start(
      Guard guard, int port, Duration interval, Duration drain, Runnable before) {
    Sweeper sweeper =
        new Sweeper(LoopbackClient.start("sweep-client", 1), guard, port, drain, before);
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
      int status =
          client
              .newRequest(LoopbackClient.HOST, port)
              .method(HttpMethod.POST)
              .path("/")
              .headers(headers -> guard.sign(headers::put))
              .idleTimeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
              .timeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
              .send()
              .getStatus();
      if (status != 200) {
        LOG.warning("the sweep failed", Labels.of("status", status), null);
      }
    } catch (ExecutionException | TimeoutException e) {
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
    LoopbackClient.stop(client);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
