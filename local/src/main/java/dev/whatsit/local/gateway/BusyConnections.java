package dev.whatsit.local.gateway;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Request;

/**
 * Tracks the connections with a request in flight. A stop waits for these, however slow they are,
 * but not for idle connections that a browser keeps open. Thread-safe.
 */
final class BusyConnections {
  private final Set<EndPoint> busy = ConcurrentHashMap.newKeySet();

  /** Marks the request's connection as busy until the returned action runs. */
  Runnable enter(Request request) {
    EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    busy.add(endPoint);
    return () -> busy.remove(endPoint);
  }

  /** Closes the connections that are not busy. */
  void closeOthers(Connector connector) {
    for (EndPoint endPoint : connector.getConnectedEndPoints()) {
      if (!busy.contains(endPoint)) {
        endPoint.close();
      }
    }
  }
}
