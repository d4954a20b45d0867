package dev.whatsit.outbound;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Enforces the time limit of one request by closing its socket, whatever the request is doing then:
 * connecting, the TLS handshake, writing, reading. Socket timeouts are not enough: they limit
 * neither a response that arrives a few bytes at a time nor a write that the server does not read.
 * HttpClient's own {@code cancel} does not stop it from connecting to the next address. Used by one
 * request thread and the timer's thread.
 */
final class Deadline implements AutoCloseable {
  private final long end;
  private final ScheduledFuture<?> alarm;
  private @Nullable Socket socket;
  private boolean expired;

  /**
   * Starts the time.
   *
   * @throws RejectedExecutionException if the timer is shut down
   */
  Deadline(Duration limit, ScheduledExecutorService timer) {
    this.end = System.nanoTime() + limit.toNanos();
    this.alarm = timer.schedule(this::expire, limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Sets the socket to close when the time is up, in place of the previous one.
   *
   * @throws OutboundFailure if the time is up already; then the socket is closed
   */
  synchronized void closes(Socket next) {
    socket = next;
    if (expired) {
      closeSocket();
      throw timeout();
    }
  }

  /**
   * The milliseconds that are left.
   *
   * @return at least 1
   * @throws OutboundFailure if the time is up
   */
  int millisLeft() {
    long nanos = end - System.nanoTime();
    if (nanos <= 0) {
      throw timeout();
    }
    return (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(nanos) + 1);
  }

  /** Whether the time is up. */
  boolean isOver() {
    return end - System.nanoTime() <= 0;
  }

  static OutboundFailure timeout() {
    return new OutboundFailure(
        OutboundFailure.Reason.TIMEOUT, "The time was up before the whole response had arrived.");
  }

  private synchronized void expire() {
    expired = true;
    closeSocket();
  }

  private void closeSocket() {
    Socket open = socket;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // Nothing more can be done; the socket's user gets an error from it.
      }
    }
  }

  @Override
  public void close() {
    alarm.cancel(false);
  }
}
