package dev.whatsit.http;

import com.google.cloud.functions.HttpFunction;
import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.failure.LimitReached;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Base class of an HTTP function that is made of routes: finds the handler, turns failures into
 * problems, and writes all responses in the same way. The Functions Framework creates the concrete
 * class through its public constructor without parameters. Thread-safe.
 */
public abstract class HttpService implements HttpFunction, AutoCloseable {
  private static final EventLog LOG = EventLog.of(HttpService.class);
  private static final long MAX_DISCARDED_BYTES = 64L * 1024 * 1024;
  private static final Duration DISCARD_TIMEOUT = Duration.ofMinutes(1);

  private final Wired wired;
  private final GracefulShutdown shutdown = new GracefulShutdown();

  /**
   * What a function's wiring creates.
   *
   * @param health checks the ports that the function needs
   * @param routes the paths that the function serves besides those of its health
   * @param stopping ends what requests wait for; called at shutdown before the requests in flight
   *     are waited for
   * @param closing releases what the function holds besides its backend
   * @param bytesInFlight the bytes of memory that request bodies take now
   */
  public record Wired(
      Health health,
      Routes routes,
      Runnable stopping,
      Runnable closing,
      LongSupplier bytesInFlight) {
    /** For a function that lets no request wait and holds nothing besides its backend. */
    public static Wired of(Health health, Routes routes) {
      return new Wired(health, routes, () -> {}, () -> {}, () -> 0);
    }
  }

  /** Creates the parts of a function. */
  @FunctionalInterface
  public interface Wiring {
    /**
     * Creates the parts of a function.
     *
     * @throws InvalidSettings naming every wrong setting
     */
    Wired wire(Map<String, String> settings, Backend backend);
  }

  /**
   * Creates the function with settings from the environment and the backend that they choose, and
   * registers a graceful shutdown.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  protected HttpService(Wiring wiring) {
    this(wiring, EnvironmentWiring.load());
  }

  private HttpService(Wiring wiring, EnvironmentWiring environment) {
    this(wiring, environment.settings(), environment.backend());
    environment.closeAtShutdown(this);
  }

  /**
   * Creates the function with settings and a backend that the caller owns. The caller closes this
   * function and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  protected HttpService(Wiring wiring, Map<String, String> settings, Backend backend) {
    this.wired = wiring.wire(settings, backend);
    wired.health.addTo(wired.routes);
  }

  /** Serves one request. No work for it continues after the response. */
  @Override
  public final void service(HttpRequest httpRequest, HttpResponse httpResponse) throws IOException {
    try (GracefulShutdown.InFlight inFlight = shutdown.enter()) {
      ApiRequest request = new ApiRequest(httpRequest);
      write(request, wired.routes.readable(request, handle(request)), httpResponse);
      discardUnreadBody(request);
    }
  }

  private ApiResponse handle(ApiRequest request) {
    try {
      return wired.routes.find(request).handle(request);
    } catch (ProblemException e) {
      return problem(request, e.problem());
    } catch (LimitReached e) {
      return problem(request, Problems.full(e));
    } catch (TransientFailure e) {
      LOG.warning("unavailable", request.labels(), e);
      return problem(
          request, e.retryAfter().map(Problems::unavailable).orElseGet(Problems::unavailable));
    } catch (RuntimeException | StackOverflowError e) {
      LOG.error("request failed", request.labels(), e);
      return problem(request, Problems.internal(request.requestId()));
    }
  }

  private static ApiResponse problem(ApiRequest request, Problem problem) {
    Labels labels = request.labels().and("code", problem.code()).and("status", problem.status());
    if (problem.status() < 500) {
      LOG.info("refused", labels);
    } else {
      LOG.warning("refused", labels, null);
    }
    return problem.toResponse(request.path());
  }

  private static void write(ApiRequest request, ApiResponse response, HttpResponse to)
      throws IOException {
    to.setStatusCode(response.status());
    to.appendHeader("X-Request-Id", request.requestId());
    to.appendHeader("X-Content-Type-Options", "nosniff");
    for (Map.Entry<String, String> header : response.headers().entrySet()) {
      to.appendHeader(header.getKey(), header.getValue());
    }
    String contentType = response.contentType();
    if (contentType == null) {
      if (response.status() == ApiResponse.NOT_MODIFIED) {
        // Sends the headers now. Otherwise a Content-Length of 0 would be added, which would be
        // that of the 200 (RFC 9110 section 8.6).
        to.getOutputStream().flush();
      }
      return;
    }
    to.setContentType(contentType);
    to.appendHeader("Content-Length", Integer.toString(response.body().length));
    if (!request.method().equals("HEAD")) {
      // Closing flushes, so that a client that is still sending sees the response before the rest
      // of its body is read.
      try (OutputStream out = to.getOutputStream()) {
        out.write(response.body());
      }
    }
  }

  /**
   * Reads and discards the rest of a body that the handler did not read. Without this the
   * connection is reset, and a client that sends before it reads never sees the response. Limited
   * in bytes and time, so that no client occupies the thread for ever.
   */
  private static void discardUnreadBody(ApiRequest request) {
    if (request.method().equals("GET") || request.method().equals("HEAD")) {
      return;
    }
    long deadline = System.nanoTime() + DISCARD_TIMEOUT.toNanos();
    byte[] buffer = new byte[8192];
    long left = MAX_DISCARDED_BYTES;
    try {
      InputStream body = request.body();
      while (left > 0 && System.nanoTime() < deadline) {
        int count = body.read(buffer);
        if (count < 0) {
          return;
        }
        left -= count;
      }
    } catch (IOException | IllegalStateException | ProblemException e) {
      LOG.info("client left before its body was read", request.labels());
    }
  }

  /** Whether each part works, by its name, for code that runs the function in its own process. */
  public final Map<String, Boolean> health() {
    return wired.health.parts();
  }

  /** The bytes of memory that request bodies take now; 0 for a function that keeps none. */
  public final long bytesInFlight() {
    return wired.bytesInFlight.getAsLong();
  }

  /**
   * Ends the waits of requests, waits at most {@link GracefulShutdown#TIMEOUT} for requests in
   * flight, then releases what the function holds.
   */
  @Override
  public final void close() {
    wired.stopping.run();
    shutdown.await(GracefulShutdown.TIMEOUT);
    wired.closing.run();
  }
}
