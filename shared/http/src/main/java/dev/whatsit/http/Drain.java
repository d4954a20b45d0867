package dev.whatsit.http;

import java.time.Duration;

/**
 * Counts the requests in flight and lets a shutdown wait for them. The platform sends SIGTERM and
 * would drop requests in flight; a shutdown hook that waits here keeps the process alive until they
 * have their responses. Thread-safe.
 */
public final class Drain {
  /** Cloud Run kills the process ten seconds after SIGTERM ("Container runtime contract"). */
  public static final Duration TIMEOUT = Duration.ofSeconds(9);

  private final Object lock = new Object();
  private int inFlight;

  /** One request or event in flight; closing it ends it. */
  public final class InFlight implements AutoCloseable {
    private boolean ended;

    private InFlight() {}

    @Override
    public void close() {
      synchronized (lock) {
        if (!ended) {
          ended = true;
          inFlight--;
          lock.notifyAll();
        }
      }
    }
  }

  /** Counts one more request as in flight until the result is closed. */
  public InFlight enter() {
    synchronized (lock) {
      inFlight++;
      return new InFlight();
    }
  }

  /**
   * Waits until nothing is in flight.
   *
   * @param longest the longest time to wait
   * @return true when nothing is in flight, false when the time ran out or the thread was
   *     interrupted
   */
  public boolean await(Duration longest) {
    long deadline = System.nanoTime() + longest.toNanos();
    synchronized (lock) {
      while (inFlight > 0) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        try {
          lock.wait(left / 1_000_000, (int) (left % 1_000_000));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return false;
        }
      }
      return true;
    }
  }
}
