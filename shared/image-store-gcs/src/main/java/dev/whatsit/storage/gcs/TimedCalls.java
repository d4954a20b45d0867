package dev.whatsit.storage.gcs;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Runs blocking calls on its own threads, each with a deadline. Thread-safe.
 *
 * <p>The JDK's HTTP connections have a connect timeout and a read timeout. They have none for
 * writing a body that the server does not read, for a response that arrives one byte at a time, or
 * for looking up a host name. At the deadline the caller gets a failure in any case, and the call's
 * connection is closed, which ends its thread.
 */
final class TimedCalls implements AutoCloseable {
  private static final ThreadLocal<@Nullable Connections> CURRENT = new ThreadLocal<>();
  private static final long BETWEEN_CLOSES_MILLIS = 100;

  private final ExecutorService threads =
      Executors.newCachedThreadPool(task -> daemon("cloud-storage", task));

  /**
   * The connections of one call, or of all calls that read one object: a download continues over
   * the connection that an earlier call opened.
   */
  static final class Connections {
    private @Nullable HttpURLConnection latest;
    private boolean ended;
    private boolean running;

    private synchronized HttpURLConnection open(URL url) throws IOException {
      if (ended) {
        throw new SocketTimeoutException("the deadline has passed");
      }
      HttpURLConnection opened = (HttpURLConnection) url.openConnection();
      latest = opened;
      return opened;
    }

    /** The connection that was opened last. */
    synchronized @Nullable HttpURLConnection latest() {
      return latest;
    }

    /** Closes the connection repeatedly, until the call has ended. Returns at once. */
    synchronized void end() {
      if (!ended) {
        ended = true;
        // On its own thread: closing may wait for a reading thread.
        daemon("cloud-storage-ending", this::close).start();
      }
    }

    private void close() {
      // A connection that is not yet established cannot be closed: repeat.
      for (HttpURLConnection open = running(); open != null; open = running()) {
        try {
          open.disconnect();
          Thread.sleep(BETWEEN_CLOSES_MILLIS);
        } catch (InterruptedException e) {
          return;
        } catch (RuntimeException e) {
          // The JDK's connection does not support closing by another thread. Retry.
        }
      }
    }

    private synchronized @Nullable HttpURLConnection running() {
      return running ? latest : null;
    }

    private synchronized void running(boolean now) {
      running = now;
    }
  }

  /**
   * Opens a connection for the call that the current thread runs.
   *
   * @throws SocketTimeoutException if the deadline of that call has passed
   */
  static HttpURLConnection open(URL url) throws IOException {
    return Objects.requireNonNull(CURRENT.get(), "not within a call").open(url);
  }

  /**
   * Runs a call.
   *
   * @param connections of this call; no other call may use them at the same time
   * @throws ExecutionException with the exception of the call as its cause
   * @throws TimeoutException if the call took longer than the deadline
   * @throws InterruptedException if the caller was interrupted while it waited
   * @throws RejectedExecutionException after {@link #close}
   */
  <T> T run(Connections connections, Duration deadline, Callable<T> call)
      throws ExecutionException, TimeoutException, InterruptedException {
    Future<T> result =
        threads.submit(
            () -> {
              connections.running(true);
              CURRENT.set(connections);
              try {
                return call.call();
              } finally {
                CURRENT.remove();
                connections.running(false);
              }
            });
    try {
      return result.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | InterruptedException e) {
      connections.end();
      result.cancel(true);
      throw e;
    }
  }

  /** Makes all later calls fail. Running calls continue. */
  @Override
  public void close() {
    threads.shutdown();
  }

  private static Thread daemon(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }
}
