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
 * What Cloud Scheduler does on Google Cloud: calls the sweep function over HTTP, the first time at
 * once, since much may have come due while nobody was there. Thread-safe.
 */
public final class Sweeper implements AutoCloseable {
  /** Longer than a sweep can be told to take. */
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
   * Begins to call the function on this port of this machine.
   *
   * @param guard lets it in
   * @param interval from the end of a sweep to the beginning of the next
   * @param drain how long {@link #close} waits for a sweep under way
   * @param before done before each sweep; its {@link TransientFailure} is logged
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
      LOG.warning("no answer to a sweep", Labels.NONE, e);
    } catch (InterruptedException e) {
      // Stopping: what was not swept is found after the next start.
      Thread.currentThread().interrupt();
    }
  }

  /** Begins no more sweeps, waits for one under way for a bounded time, and ends. */
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
