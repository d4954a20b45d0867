package dev.whatsit.local.gateway;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.internal.HttpConnection;

/**
 * Makes connections that remember the {@code X-Request-Id} of the request that they read. When a
 * request turns out to be unreadable, Jetty drops the headers that it had read before.
 */
final class IdentifiedConnections extends HttpConnectionFactory {
  IdentifiedConnections(HttpConfiguration configuration) {
    super(configuration);
  }

  /** What the client sent as its present request's id; empty if nothing, or not yet. */
  static String sentId(Request request) {
    return request.getConnectionMetaData().getConnection() instanceof Identified connection
        ? connection.sentId
        : "";
  }

  @Override
  public Connection newConnection(Connector connector, EndPoint endPoint) {
    return configure(
        new Identified(getHttpConfiguration(), connector, endPoint), connector, endPoint);
  }

  private static final class Identified extends HttpConnection {
    /** Set by the thread that parses and read by the one that responds. */
    private volatile String sentId = "";

    Identified(HttpConfiguration configuration, Connector connector, EndPoint endPoint) {
      super(configuration, connector, endPoint);
    }

    @Override
    protected HttpStreamOverHTTP1 newHttpStream(String method, String uri, HttpVersion version) {
      sentId = "";
      return new HttpStreamOverHTTP1(method, uri, version) {
        @Override
        public void parsedHeader(HttpField field) {
          if (RequestId.HEADER.equalsIgnoreCase(field.getName()) && field.getValue() != null) {
            sentId = field.getValue();
          }
          super.parsedHeader(field);
        }
      };
    }
  }
}
