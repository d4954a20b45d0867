package dev.whatsit.local.gateway;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Request;

/**
 * The connections with a request in flight. A stop waits for these, however slow they are, and not
 * for those that a browser keeps open in case it needs them. Thread-safe.
 */
final class BusyConnections {
  private final Set<EndPoint> busy = ConcurrentHashMap.newKeySet();

  /** Counts the request's connection as busy until what is returned is run. */
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
