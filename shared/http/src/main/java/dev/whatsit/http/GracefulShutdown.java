package dev.whatsit.http;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Lets a shutdown wait for the requests in flight. The platform sends SIGTERM and would drop them;
 * a shutdown hook that waits here keeps the process alive until they have their responses.
 * Thread-safe.
 */
public final class GracefulShutdown {
  /** Cloud Run kills the process ten seconds after SIGTERM ("Container runtime contract"). */
  public static final Duration TIMEOUT = Duration.ofSeconds(9);

  /** Each request holds one permit; a shutdown gets all of them when none is in flight. */
  private final Semaphore permits = new Semaphore(Integer.MAX_VALUE);

  /** Creates it with nothing in flight. */
  public GracefulShutdown() {}

  /** A request or event in flight; closing it, once, ends it. */
  @FunctionalInterface
  public interface InFlight extends AutoCloseable {
    @Override
    void close();
  }

  /** Counts one more request as in flight until the result is closed. */
  public InFlight enter() {
    permits.acquireUninterruptibly();
    return permits::release;
  }

  /**
   * Waits until nothing is in flight.
   *
   * @param timeout the longest time to wait
   * @return true when nothing is in flight, false when the time ran out or the thread was
   *     interrupted
   */
  public boolean await(Duration timeout) {
    try {
      if (!permits.tryAcquire(Integer.MAX_VALUE, timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        return false;
      }
      permits.release(Integer.MAX_VALUE);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
