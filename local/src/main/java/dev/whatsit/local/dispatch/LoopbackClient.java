package dev.whatsit.local.dispatch;

import java.time.Duration;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Creates HTTP clients for the functions of this process. */
final class LoopbackClient {
  static final String HOST = "127.0.0.1";

  /** Below the invoker's 30 s, so that no request uses a connection that it is closing. */
  private static final Duration IDLE_CONNECTION = Duration.ofSeconds(20);

  private LoopbackClient() {}

  /**
   * Creates and starts a client.
   *
   * @param name the name of its threads, which are daemons
   * @param connections maximum number of connections, each kept open for the next request
   */
  static HttpClient start(String name, int connections) {
    QueuedThreadPool threads = new QueuedThreadPool();
    threads.setName(name);
    threads.setDaemon(true);
    ClientConnector connector = new ClientConnector();
    connector.setExecutor(threads);
    HttpClient client = new HttpClient(new HttpClientTransportOverHTTP(connector));
    client.setUserAgentField(null);
    client.setFollowRedirects(false);
    client.setIdleTimeout(IDLE_CONNECTION.toMillis());
    client.setMaxConnectionsPerDestination(connections);
    try {
      client.start();
    } catch (Exception e) {
      throw new IllegalStateException("cannot start " + name, e);
    }
    return client;
  }

  static void stop(HttpClient client) {
    try {
      client.stop();
    } catch (Exception e) {
      throw new IllegalStateException("a client did not stop", e);
    }
  }
}
