package dev.whatsit.local.gateway;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.AbstractLifeCycle;

/**
 * The open connections of all connectors. Limits those of one client address, and ends requests
 * that arrive too slowly, so that slow clients cannot take all connections. Thread-safe.
 */
final class ClientConnections extends AbstractLifeCycle implements Connection.Listener {
  private static final long CHECK_SECONDS = 1;

  private final Set<ClientConnection> open = ConcurrentHashMap.newKeySet();
  private final Server server;
  private final int maxPerPeer;
  private final Duration bodyTimeout;

  /**
   * Creates it.
   *
   * @param maxPerPeer maximum number of connections from one address; 0 for no limit
   * @param bodyTimeout maximum time for one body to arrive
   */
  ClientConnections(Server server, int maxPerPeer, Duration bodyTimeout) {
    this.server = server;
    this.maxPerPeer = maxPerPeer;
    this.bodyTimeout = bodyTimeout;
  }

  HttpConnectionFactory factory(HttpConfiguration configuration) {
    return new HttpConnectionFactory(configuration) {
      @Override
      public Connection newConnection(Connector connector, EndPoint endPoint) {
        return configure(
            new ClientConnection(getHttpConfiguration(), connector, endPoint, bodyTimeout),
            connector,
            endPoint);
      }
    };
  }

  /**
   * Marks the request's connection as busy until the returned action runs. A stop waits for busy
   * connections, however slow they are, but not for idle ones that a browser keeps open.
   */
  static Runnable enter(Request request) {
    ClientConnection connection =
        (ClientConnection) request.getConnectionMetaData().getConnection();
    connection.enter();
    return connection::exit;
  }

  /** Closes the connections that are not busy. */
  void closeIdle() {
    for (ClientConnection connection : open) {
      if (!connection.isBusy()) {
        connection.getEndPoint().close();
      }
    }
  }

  /**
   * If an address exceeds its limit, closes the connection of that address whose next header is due
   * first, so that a client beside slow ones at the same address is served too. If all others are
   * busy, closes the new one.
   */
  @Override
  public synchronized void onOpened(Connection connection) {
    ClientConnection opened = (ClientConnection) connection;
    open.add(opened);
    if (maxPerPeer == 0) {
      return;
    }
    List<ClientConnection> same =
        open.stream().filter(other -> other.peer().equals(opened.peer())).toList();
    if (same.size() > maxPerPeer) {
      ClientConnection closed =
          same.stream()
              .filter(other -> other != opened && !other.isBusy())
              .min(
                  Comparator.comparingLong(
                      other -> other.headerDeadline() - opened.headerDeadline()))
              .orElse(opened);
      // At once: onClosed comes later, and the next one opened must not choose it again.
      open.remove(closed);
      closed.getEndPoint().close();
    }
  }

  @Override
  public void onClosed(Connection connection) {
    open.remove((ClientConnection) connection);
  }

  @Override
  protected void doStart() {
    scheduleCheck();
  }

  private void scheduleCheck() {
    server.getScheduler().schedule(this::check, CHECK_SECONDS, TimeUnit.SECONDS);
  }

  private void check() {
    try {
      long now = System.nanoTime();
      open.forEach(connection -> connection.check(now));
    } finally {
      if (isRunning()) {
        scheduleCheck();
      }
    }
  }
}
