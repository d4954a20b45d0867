package dev.whatsit.local.gateway;

import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.embedded.HmacLinks;
import dev.whatsit.http.HttpService;
import dev.whatsit.http.MemoryBudget;
import dev.whatsit.http.Problem;
import dev.whatsit.http.Problems;
import dev.whatsit.http.RequestPath;
import dev.whatsit.http.WebOrigins;
import dev.whatsit.local.metrics.LocalMetrics;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP entry point of the local server. It routes each request to the function that serves its
 * path, and itself serves the paths that belong to no function. Thread-safe.
 */
public final class Gateway implements AutoCloseable {
  /** Bytes for one multipart body of maximum size, all copies counted. */
  public static final long MIN_MULTIPART_BUDGET =
      (long) MultipartGate.MAX_BODY_BYTES * MultipartGate.COPIES;

  static final String COUNTED = Gateway.class.getName() + ".counted";

  /**
   * Any octet may be escaped in a path (RFC 3986 section 2.1): the router decides what it means.
   */
  private static final UriCompliance ANY_ESCAPE =
      UriCompliance.UNSAFE.without(
          "ANY_ESCAPE", UriCompliance.Violation.USER_INFO, UriCompliance.Violation.FRAGMENT);

  /** Maximum number of open connections. */
  public static final int MAX_CONNECTIONS = 512;

  /**
   * Maximum number of connections that wait to be accepted. With Java's default of 50, a burst
   * overflows the queue. Linux then uses SYN cookies, which do not survive a lost first segment,
   * and resets clients that have begun to send.
   */
  private static final int ACCEPT_QUEUE = 2 * MAX_CONNECTIONS;

  private final Server server;
  private final ClientConnections connections;

  private Gateway(Server server, ClientConnections connections) {
    this.server = server;
    this.connections = connections;
  }

  /**
   * The parts that the gateway is built from.
   *
   * @param functions the functions that serve routes, by name
   * @param health of the other functions: by function name, whether each of its parts works, by
   *     part name
   * @param delivering whether messages are being delivered
   * @param content serves image links; null if they do not lead to this server
   * @param multipartBudget memory for multipart bodies, all copies counted
   * @param uploadTime maximum time for one body to arrive
   * @param maxPerPeer maximum number of connections from one client address; 0 for no limit
   * @param hosts host names that requests may use
   * @param key the key that requests need
   * @param origins the web pages that may use the API
   */
  public record Parts(
      Map<String, HttpService> functions,
      Map<String, Supplier<Map<String, Boolean>>> health,
      BooleanSupplier delivering,
      @Nullable Content content,
      MemoryBudget multipartBudget,
      Duration uploadTime,
      int maxPerPeer,
      AllowedHosts hosts,
      ApiKey key,
      WebOrigins origins,
      LocalMetrics metrics,
      Clock clock) {}

  /**
   * The stores behind image and thumbnail links.
   *
   * @param links verifies links to images
   * @param images the images
   * @param thumbnailLinks verifies links to thumbnails
   * @param thumbnails the thumbnails
   */
  public record Content(
      HmacLinks links, ImageStore images, HmacLinks thumbnailLinks, ImageStore thumbnails) {}

  /**
   * Starts listening.
   *
   * @param addresses to listen on, all with the same port
   * @param port 0 for a free one
   * @param drain how long {@link #close} waits for requests in flight
   * @throws BindException if the port is in use
   * @throws IOException if listening fails for another reason
   */
  public static Gateway start(Parts parts, List<InetAddress> addresses, int port, Duration drain)
      throws IOException {
    // A function blocks its thread while its client sends: more threads than connections.
    QueuedThreadPool threads = new QueuedThreadPool(2 * MAX_CONNECTIONS);
    threads.setName("gateway");
    Server server = new Server(threads);
    server.setStopTimeout(drain.toMillis());
    server.setErrorHandler(new ProblemErrorHandler(parts.metrics()));
    server.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS, server));
    MultipartGate multipart = new MultipartGate(parts.multipartBudget());
    MountedFunctions functions = new MountedFunctions(parts.functions(), multipart, server);
    ClientConnections connections =
        new ClientConnections(server, parts.maxPerPeer(), parts.uploadTime());
    server.addBean(connections);
    Router router = new Router(parts, functions);
    router.addBean(functions);
    server.setHandler(new GracefulHandler(router));
    List<ServerConnector> connectors = new ArrayList<>();
    try {
      int bound = port;
      for (InetAddress address : addresses) {
        ServerConnector connector = connector(server, connections);
        connector.setHost(address.getHostAddress());
        connector.setPort(bound);
        connector.open();
        bound = connector.getLocalPort();
        connectors.add(connector);
        server.addConnector(connector);
      }
      server.start();
      return new Gateway(server, connections);
    } catch (Exception e) {
      connectors.forEach(ServerConnector::close);
      stop(server);
      throw asIoException(e);
    }
  }

  private static ServerConnector connector(Server server, ClientConnections connections) {
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.setSendServerVersion(false);
    configuration.setSendXPoweredBy(false);
    configuration.setRequestHeaderSize(REQUEST_HEADER_BYTES);
    configuration.setUriCompliance(ANY_ESCAPE);
    ServerConnector connector = new ServerConnector(server, connections.factory(configuration));
    connector.addBean(connections, false);
    connector.setAcceptQueueSize(ACCEPT_QUEUE);
    connector.setIdleTimeout(ClientConnection.IDLE_TIMEOUT.toMillis());
    // A paused upload is still in flight: a stop must not shorten its idle timeout.
    connector.setShutdownIdleTimeout(ClientConnection.IDLE_TIMEOUT.toMillis());
    return connector;
  }

  private static IOException asIoException(Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException bind) {
        return bind;
      }
    }
    return e instanceof IOException io ? io : new IOException("cannot start the gateway", e);
  }

  /** The port that the gateway listens on. */
  public int port() {
    return ((ServerConnector) server.getConnectors()[0]).getLocalPort();
  }

  /** Stops listening, waits for requests in flight for the drain time at most, and stops. */
  @Override
  public void close() {
    for (Connector connector : server.getConnectors()) {
      // From here on, each connection is closed after its response.
      var unused = connector.shutdown();
    }
    connections.closeIdle();
    stop(server);
  }

  private static void stop(Server server) {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the gateway did not stop in time", e);
    }
  }

  private static final int REQUEST_HEADER_BYTES = 8 * 1024;

  private static final class Router extends Handler.Abstract {
    private final Parts parts;
    private final MountedFunctions functions;
    private final @Nullable ContentHandler content;
    private final @Nullable ContentHandler thumbnails;
    private final DocsHandler docs = new DocsHandler();
    private final ReadyHandler ready;

    Router(Parts parts, MountedFunctions functions) {
      this.parts = parts;
      this.functions = functions;
      Content linked = parts.content();
      this.content =
          linked == null
              ? null
              : new ContentHandler(linked.links(), linked.images(), parts.clock());
      this.thumbnails =
          linked == null
              ? null
              : new ContentHandler(linked.thumbnailLinks(), linked.thumbnails(), parts.clock());
      Map<String, Supplier<Map<String, Boolean>>> health = new HashMap<>(parts.health());
      parts.functions().forEach((name, function) -> health.put(name, function::health));
      this.ready = new ReadyHandler(health, parts.delivering());
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      long begun = System.nanoTime();
      Runnable ended = ClientConnections.enter(request);
      Replies.common(request, response);
      parts.origins().headers(origin(request)).forEach(response.getHeaders()::put);
      String path = RequestPath.of(Objects.requireNonNullElse(request.getHttpURI().getPath(), ""));
      Optional<Route> route = Route.find(path);
      request.setAttribute(COUNTED, true);
      Callback counting =
          Callback.from(
              callback,
              () -> {
                ended.run();
                parts
                    .metrics()
                    .answered(
                        route.map(Route::template).orElse("none"),
                        request.getMethod(),
                        response.getStatus(),
                        Duration.ofNanos(System.nanoTime() - begun));
              });
      Optional<Problem> refusal = refusal(request, path, route);
      if (refusal.isPresent()) {
        Replies.problem(request, response, counting, refusal.get());
      } else if (route.isPresent()) {
        serve(route.get(), path, request, response, counting);
      } else {
        options(Route.allMethods(), request, response, counting);
      }
      return true;
    }

    /** Why a request is not served; if empty, it has a route or is {@code OPTIONS *}. */
    private Optional<Problem> refusal(Request request, String path, Optional<Route> route) {
      String host = request.getHttpURI().getHost();
      if (host != null && !parts.hosts().allow(host)) {
        return Optional.of(GatewayProblems.hostNotAllowed());
      }
      Optional<Problem> unreadable = UnreadableRequest.check(request);
      if (unreadable.isPresent()) {
        return unreadable;
      }
      if (!parts.key().admits(request, route.orElse(null))) {
        return Optional.of(GatewayProblems.unauthorized());
      }
      boolean wholeServer = path.equals("*") && request.getMethod().equals("OPTIONS");
      return route.isPresent() || wholeServer ? Optional.empty() : Optional.of(Problems.notFound());
    }

    private static Optional<String> origin(Request request) {
      List<String> values = request.getHeaders().getValuesList("Origin");
      return values.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", values));
    }

    private void options(String allow, Request request, Response response, Callback callback) {
      response.getHeaders().put("Allow", allow);
      parts.origins().preflight(origin(request), allow).forEach(response.getHeaders()::put);
      Replies.empty(request, response, callback, 204);
    }

    private void serve(
        Route route, String path, Request request, Response response, Callback callback) {
      Optional<Route.Target> target = route.target(request.getMethod());
      if (request.getMethod().equals("OPTIONS")) {
        options(route.allow(), request, response, callback);
      } else if (target.isEmpty()) {
        Replies.problem(request, response, callback, Problems.methodNotAllowed(route.allow()));
      } else {
        switch (target.get()) {
          case UPLOAD, STATUS, CONTROL, BATCH ->
              functions.serve(target.get().word(), request, response, callback);
          case GATEWAY -> read(route, path, request, response, callback);
        }
      }
    }

    private void content(
        @Nullable ContentHandler handler,
        String hash,
        Request request,
        Response response,
        Callback callback) {
      if (handler == null) {
        Replies.problem(request, response, callback, Problems.notFound());
      } else {
        handler.serve(request, response, callback, hash);
      }
    }

    private void read(
        Route route, String path, Request request, Response response, Callback callback) {
      switch (route) {
        case CONTENT -> content(content, route.parameterOf(path), request, response, callback);
        case THUMBNAIL -> content(thumbnails, route.parameterOf(path), request, response, callback);
        case READY -> ready.serve(request, response, callback);
        case DOCS -> docs.page(request, response, callback);
        case DOCS_FILE -> docs.file(request, response, callback, route.parameterOf(path));
        case METRICS ->
            Replies.bytes(
                request,
                response,
                callback,
                200,
                LocalMetrics.CONTENT_TYPE,
                parts.metrics().exposition());
        case HOME -> {
          response.getHeaders().put("Location", "/docs");
          Replies.empty(request, response, callback, 302);
        }
        default -> throw new IllegalStateException(route + " is not the gateway's");
      }
    }
  }
}
