package dev.whatsit.local.functions;

import com.google.cloud.functions.CloudEventsFunction;
import com.google.cloud.functions.HttpFunction;
import dev.whatsit.invoker.FunctionServer;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.LocalConnector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * The functions that no client may call, event functions and the sweep, behind the Functions
 * Framework's own handlers. They are reached in memory, so there is no port. Only for pushes of
 * Pub/Sub's emulator a loopback port can be opened, where each request must carry a secret. Mount
 * the functions, then {@link #start}; after that it is thread-safe.
 */
public final class InProcessServer implements AutoCloseable {
  /** Above the limit of concurrent deliveries; each blocks a thread. */
  private static final int MAX_THREADS = 1024;

  /** With Java's default of 50, a burst of pushes would overflow the queue. */
  private static final int ACCEPT_QUEUE = 1024;

  private static final int SECRET_BYTES = 24;

  private final QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS);
  private final Server server = new Server(threads);
  private final LocalConnector memory = new LocalConnector(server, new HttpConnectionFactory());
  private final Map<String, Handler> handlers = new ConcurrentHashMap<>();

  /** New for each run and known to the emulator only, which gets it in the query. */
  private final String secret = newSecret();

  private @Nullable ServerConnector pushes;

  /** A server without functions. */
  public InProcessServer() {
    threads.setName("functions");
    threads.setDaemon(true);
    // A function may take longer than Jetty's default; each request has a connection of its own.
    memory.setIdleTimeout(0);
    server.addConnector(memory);
    server.setHandler(new Router());
  }

  /** Mounts an HTTP function under a name. */
  public void mount(String name, HttpFunction function) {
    mount(name, FunctionServer.handler(function));
  }

  /** Mounts an event function under a name. */
  public void mount(String name, CloudEventsFunction function) {
    mount(name, FunctionServer.handler(function));
  }

  private void mount(String name, Object handler) {
    Handler mounted = (Handler) handler;
    mounted.setServer(server);
    handlers.put(name, mounted);
  }

  /**
   * Opens a free port of 127.0.0.1 for pushes, before {@link #start}.
   *
   * @throws IOException if no port can be opened
   */
  public void listenForPushes() throws IOException {
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setAcceptQueueSize(ACCEPT_QUEUE);
    connector.open();
    server.addConnector(connector);
    pushes = connector;
  }

  /**
   * The address of a function for pushes, with the secret in the query.
   *
   * @throws IllegalStateException if {@link #listenForPushes} was not called
   */
  public URI pushEndpoint(String name) {
    ServerConnector connector = pushes;
    if (connector == null) {
      throw new IllegalStateException("no port is open for pushes");
    }
    return URI.create(
        "http://127.0.0.1:" + connector.getLocalPort() + "/" + name + "?secret=" + secret);
  }

  /** Starts serving. */
  public void start() {
    try {
      server.start();
    } catch (Exception e) {
      close();
      throw new IllegalStateException("cannot start the server of the event functions", e);
    }
  }

  /**
   * Posts to a function and waits for the response. After the timeout the function may still be
   * running.
   *
   * @param headers names and values, of ASCII without line breaks
   * @return the status code
   * @throws IOException if there was no response in time
   * @throws InterruptedException if the wait was interrupted
   */
  public int post(String name, Map<String, String> headers, byte[] body, Duration timeout)
      throws IOException, InterruptedException {
    StringBuilder head = new StringBuilder("POST /" + name + " HTTP/1.1\r\nHost: functions\r\n");
    headers.forEach((field, value) -> head.append(field).append(": ").append(value).append("\r\n"));
    head.append("Content-Length: ").append(body.length).append("\r\nConnection: close\r\n\r\n");
    byte[] first = head.toString().getBytes(StandardCharsets.US_ASCII);
    AtomicInteger status = new AtomicInteger();
    try (LocalConnector.LocalEndPoint connection = memory.connect()) {
      connection.addInput(
          ByteBuffer.allocate(first.length + body.length).put(first).put(body).flip());
      var unused =
          connection.waitForResponse(false, timeout.toMillis(), TimeUnit.MILLISECONDS, status::set);
    } catch (InterruptedException | IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("no response from " + name, e);
    }
    if (status.get() == 0) {
      throw new IOException("no response from " + name + " in " + timeout);
    }
    return status.get();
  }

  /** Stops. Functions in flight are not waited for; their own close does that. */
  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the server of the event functions did not stop", e);
    }
  }

  private boolean isAllowed(Request request) {
    if (request.getConnectionMetaData().getConnector() == memory) {
      return true;
    }
    byte[] expected = ("secret=" + secret).getBytes(StandardCharsets.UTF_8);
    String query = request.getHttpURI().getQuery();
    return query != null && MessageDigest.isEqual(query.getBytes(StandardCharsets.UTF_8), expected);
  }

  private static String newSecret() {
    byte[] bytes = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private final class Router extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      Handler handler = handlers.get(request.getHttpURI().getPath().substring(1));
      if (!isAllowed(request)) {
        Response.writeError(request, response, callback, 403);
      } else if (handler == null) {
        Response.writeError(request, response, callback, 404);
      } else {
        // A function is called under its root, as it is deployed.
        Request atRoot =
            Request.serveAs(
                request, HttpURI.build(request.getHttpURI()).path("/").query(null).asImmutable());
        threads.execute(() -> handle(handler, atRoot, response, callback));
      }
      return true;
    }

    private static void handle(
        Handler handler, Request request, Response response, Callback callback) {
      try {
        handler.handle(request, response, callback);
      } catch (Exception e) {
        Response.writeError(request, response, callback, e);
      }
    }
  }
}
