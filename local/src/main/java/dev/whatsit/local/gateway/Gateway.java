package dev.whatsit.local.gateway;

import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.embedded.HmacLinks;
import dev.whatsit.http.MemoryBudget;
import dev.whatsit.http.Problem;
import dev.whatsit.http.Problems;
import dev.whatsit.local.functions.Guard;
import dev.whatsit.local.metrics.LocalMetrics;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
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
 * One port in front of everything: finds who serves a path, passes it on, and answers what belongs
 * to the machine and to no function. Thread-safe.
 */
public final class Gateway implements AutoCloseable {
  /** Room for one multipart body of the largest size. */
  public static final long MIN_MULTIPART_BUDGET =
      (long) MultipartGate.LARGEST_BODY * MultipartGate.COPIES;

  static final String COUNTED = Gateway.class.getName() + ".counted";

  /** How long a client may be silent while it sends. */
  private static final Duration SILENCE = Duration.ofSeconds(20);

  private static final int MAX_CONNECTIONS = 512;

  /**
   * Connections that may wait to be accepted. By Java's default, 50, a burst overflows the queue,
   * and Linux then resets clients that have begun to send: it answers by SYN cookies, which do not
   * survive a lost first segment.
   */
  private static final int ACCEPT_QUEUE = 2 * MAX_CONNECTIONS;

  private final Server server;
  private final BusyConnections busy;

  private Gateway(Server server, BusyConnections busy) {
    this.server = server;
    this.busy = busy;
  }

  /**
   * What the gateway needs.
   *
   * @param guard lets it into the functions
   * @param uploadPort of the function upload on this machine
   * @param statusPort of the function status on this machine
   * @param controlPort of the function control on this machine
   * @param batchPort of the function batch on this machine
   * @param sweepPort of the function sweep on this machine
   * @param healthPorts of event functions that answer for their own health: name and port
   * @param eventFunctions of those that cannot: for each the name, and whether each of its parts
   *     works, by its name
   * @param delivering whether messages are being delivered
   * @param content what image links lead to; null when they lead elsewhere
   * @param multipartBudget what multipart bodies may take, all copies counted
   * @param uploadTime how long one body may take to arrive
   * @param hosts those that requests may name
   */
  public record Parts(
      Guard guard,
      int uploadPort,
      int statusPort,
      int controlPort,
      int batchPort,
      int sweepPort,
      Map<String, Integer> healthPorts,
      Map<String, Supplier<Map<String, Boolean>>> eventFunctions,
      BooleanSupplier delivering,
      @Nullable Content content,
      MemoryBudget multipartBudget,
      Duration uploadTime,
      AllowedHosts hosts,
      LocalMetrics metrics,
      Clock clock) {}

  /**
   * What image links lead to.
   *
   * @param links verifies them
   * @param images that are read under them
   * @param thumbnailLinks verifies those to thumbnails
   * @param thumbnails that are read under them
   */
  public record Content(
      HmacLinks links, ImageStore images, HmacLinks thumbnailLinks, ImageStore thumbnails) {}

  /**
   * Starts listening.
   *
   * @param addresses each of them, on the same port
   * @param port 0 for a free one
   * @param drain how long {@link #close} waits for requests in flight
   * @throws BindException if the port is in use
   * @throws IOException if it cannot be listened on for another reason
   */
  public static Gateway start(Parts parts, List<InetAddress> addresses, int port, Duration drain)
      throws IOException {
    QueuedThreadPool threads = new QueuedThreadPool();
    threads.setName("gateway");
    Server server = new Server(threads);
    server.setStopTimeout(drain.toMillis());
    server.setErrorHandler(new ProblemErrorHandler(parts.metrics()));
    server.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS, server));
    FunctionProxy proxy =
        new FunctionProxy(parts.guard(), parts.multipartBudget(), parts.uploadTime());
    BusyConnections busy = new BusyConnections();
    Router router = new Router(parts, proxy, busy);
    proxy.setServer(server);
    router.addBean(proxy);
    server.setHandler(new GracefulHandler(router));
    List<ServerConnector> connectors = new ArrayList<>();
    try {
      int bound = port;
      for (InetAddress address : addresses) {
        ServerConnector connector = connector(server);
        connector.setHost(address.getHostAddress());
        connector.setPort(bound);
        connector.open();
        bound = connector.getLocalPort();
        connectors.add(connector);
        server.addConnector(connector);
      }
      server.start();
      return new Gateway(server, busy);
    } catch (Exception e) {
      connectors.forEach(ServerConnector::close);
      stop(server);
      throw asIoException(e);
    }
  }

  private static ServerConnector connector(Server server) {
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.setSendServerVersion(false);
    configuration.setSendXPoweredBy(false);
    // The functions take 8 KiB, of which the gateway's own headers need a part.
    configuration.setRequestHeaderSize(REQUEST_HEADER_BYTES);
    ServerConnector connector =
        new ServerConnector(server, new HttpConnectionFactory(configuration));
    connector.setAcceptQueueSize(ACCEPT_QUEUE);
    connector.setIdleTimeout(SILENCE.toMillis());
    // An upload that pauses is still an upload: a stop waits for it as long as for any other.
    connector.setShutdownIdleTimeout(SILENCE.toMillis());
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

  /** The port that it listens on. */
  public int port() {
    return ((ServerConnector) server.getConnectors()[0]).getLocalPort();
  }

  /** Stops listening, waits for requests in flight for a bounded time, and ends. */
  @Override
  public void close() {
    for (Connector connector : server.getConnectors()) {
      // From here on a connection ends with its answer.
      var unused = connector.shutdown();
      busy.closeOthers(connector);
    }
    stop(server);
  }

  private static void stop(Server server) {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the gateway did not stop in time", e);
    }
  }

  /** 7 KiB. */
  private static final int REQUEST_HEADER_BYTES = 7 * 1024;

  private static final class Router extends Handler.Abstract {
    private final Parts parts;
    private final FunctionProxy proxy;
    private final BusyConnections busy;
    private final @Nullable ContentHandler content;
    private final @Nullable ContentHandler thumbnails;
    private final DocsHandler docs = new DocsHandler();
    private final ReadyHandler ready;

    Router(Parts parts, FunctionProxy proxy, BusyConnections busy) {
      this.parts = parts;
      this.proxy = proxy;
      this.busy = busy;
      Content linked = parts.content();
      this.content =
          linked == null
              ? null
              : new ContentHandler(linked.links(), linked.images(), parts.clock());
      this.thumbnails =
          linked == null
              ? null
              : new ContentHandler(linked.thumbnailLinks(), linked.thumbnails(), parts.clock());
      Map<String, Integer> health = new TreeMap<>(parts.healthPorts());
      health.put("upload", parts.uploadPort());
      health.put("status", parts.statusPort());
      health.put("control", parts.controlPort());
      health.put("batch", parts.batchPort());
      health.put("sweep", parts.sweepPort());
      this.ready =
          new ReadyHandler(
              proxy::getHttpClient,
              parts.guard(),
              health,
              parts.eventFunctions(),
              parts.delivering());
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      long begun = System.nanoTime();
      Runnable ended = busy.enter(request);
      Replies.common(request, response);
      String path = request.getHttpURI().getPath();
      Optional<Route> route = path == null ? Optional.empty() : Route.find(path);
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
      String host = request.getHttpURI().getHost();
      if (host != null && !parts.hosts().allow(host)) {
        Replies.problem(request, response, counting, GatewayProblems.hostNotAllowed());
        return true;
      }
      if (route.isEmpty()) {
        Problem problem =
            path != null && Route.isImageOfAnyName(path)
                ? Problems.invalidHash()
                : Problems.notFound();
        Replies.problem(request, response, counting, problem);
        return true;
      }
      Optional<Problem> unreadable = UnreadableRequest.check(request);
      if (unreadable.isPresent()) {
        Replies.problem(request, response, counting, unreadable.get());
        return true;
      }
      serve(route.get(), path, request, response, counting);
      return true;
    }

    private void serve(
        Route route, String path, Request request, Response response, Callback callback) {
      Optional<Route.Target> target = route.target(request.getMethod());
      if (request.getMethod().equals("OPTIONS")) {
        response.getHeaders().put("Allow", route.allow());
        Replies.empty(request, response, callback, 204);
      } else if (target.isEmpty()) {
        Replies.problem(request, response, callback, Problems.methodNotAllowed(route.allow()));
      } else {
        switch (target.get()) {
          case UPLOAD -> proxy.forward(request, response, callback, parts.uploadPort());
          case STATUS -> proxy.forward(request, response, callback, parts.statusPort());
          case CONTROL -> proxy.forward(request, response, callback, parts.controlPort());
          case BATCH -> proxy.forward(request, response, callback, parts.batchPort());
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
