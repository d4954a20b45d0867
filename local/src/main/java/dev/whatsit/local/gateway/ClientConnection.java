package dev.whatsit.local.gateway;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.jspecify.annotations.Nullable;

/**
 * A connection that knows how long its client has been sending, and how much. Jetty's idle timeout
 * is renewed by every byte, and Jetty 12 does not apply {@code minRequestDataRate}. Thread-safe.
 */
final class ClientConnection extends HttpConnection {
  /** Idle timeout: how long a client may pause while it sends. */
  static final Duration IDLE_TIMEOUT = Duration.ofSeconds(20);

  /** Time for all of a request's header. */
  private static final Duration HEADER_TIMEOUT = Duration.ofSeconds(10);

  /** Time before the minimum rate of a body applies. */
  private static final Duration BODY_GRACE = Duration.ofSeconds(10);

  /** Minimum bytes of content in a second, as in Apache's mod_reqtimeout. */
  private static final long MIN_BODY_RATE = 500;

  private final Duration bodyTimeout;
  private final Object peer;

  /** When the header of the next request must be complete, as {@link System#nanoTime}. */
  private volatile long headerDeadline = System.nanoTime() + HEADER_TIMEOUT.toNanos();

  private volatile boolean busy;

  /**
   * The {@code X-Request-Id} of the current request. Jetty drops the headers that it had read
   * before a request turned out to be unreadable.
   */
  private volatile String sentId = "";

  private volatile @Nullable Body body;

  ClientConnection(
      HttpConfiguration configuration,
      Connector connector,
      EndPoint endPoint,
      Duration bodyTimeout) {
    super(configuration, connector, endPoint);
    this.bodyTimeout = bodyTimeout;
    SocketAddress remote = endPoint.getRemoteSocketAddress();
    this.peer =
        remote instanceof InetSocketAddress address && address.getAddress() != null
            ? address.getAddress()
            : endPoint;
  }

  /** The {@code X-Request-Id} of the current request; empty if it was not sent or read yet. */
  static String sentId(Request request) {
    return request.getConnectionMetaData().getConnection() instanceof ClientConnection connection
        ? connection.sentId
        : "";
  }

  /** Whether a request is in flight. */
  boolean isBusy() {
    return busy;
  }

  void enter() {
    busy = true;
  }

  /** A client may be idle for as long as the idle timeout before it sends the next header. */
  void exit() {
    headerDeadline = System.nanoTime() + IDLE_TIMEOUT.plus(HEADER_TIMEOUT).toNanos();
    busy = false;
  }

  /** What identifies the client: its address without the port. */
  Object peer() {
    return peer;
  }

  /** When the next header must be complete, as {@link System#nanoTime}. */
  long headerDeadline() {
    return headerDeadline;
  }

  /**
   * Closes the connection if its header is late. If its body is late, the read that waits for it
   * fails as after an idle timeout.
   *
   * @param now {@link System#nanoTime}
   */
  void check(long now) {
    Body current = body;
    if (!busy) {
      if (now - headerDeadline > 0) {
        getEndPoint().close();
      }
    } else if (current != null && current.isLate(now)) {
      current.awaited = false;
      if (onIdleExpired(new TimeoutException("the body arrives too slowly"))) {
        getEndPoint().close();
      }
    }
  }

  @Override
  protected HttpStreamOverHTTP1 newHttpStream(String method, String uri, HttpVersion version) {
    sentId = "";
    Body next = new Body();
    body = next;
    return new HttpStreamOverHTTP1(method, uri, version) {
      @Override
      public void parsedHeader(HttpField field) {
        if (RequestId.HEADER.equalsIgnoreCase(field.getName()) && field.getValue() != null) {
          sentId = field.getValue();
        }
        super.parsedHeader(field);
      }

      @Override
      public Content.Chunk read() {
        Content.Chunk chunk = super.read();
        if (chunk != null) {
          next.received(chunk.remaining());
        }
        return chunk;
      }

      @Override
      public void demand() {
        next.demanded();
        super.demand();
      }
    };
  }

  /**
   * The progress of a body. Only content counts: no chunk headers, chunk extensions or empty lines.
   * Thread-safe.
   */
  private final class Body {
    private volatile boolean awaited;
    private final AtomicLong bytes = new AtomicLong();
    private volatile long begun;

    void demanded() {
      if (begun == 0) {
        begun = System.nanoTime();
      }
      awaited = true;
    }

    void received(int count) {
      awaited = false;
      bytes.addAndGet(count);
    }

    boolean isLate(long now) {
      long nanos = now - begun;
      return awaited
          && (nanos > bodyTimeout.toNanos()
              || nanos > BODY_GRACE.toNanos()
                  && bytes.get() < Duration.ofNanos(nanos).toSeconds() * MIN_BODY_RATE);
    }
  }
}
