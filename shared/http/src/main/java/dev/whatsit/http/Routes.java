package dev.whatsit.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Routes the requests of one function to handlers. A function can be called at its own URL too, so
 * paths below the prefix ({@code /v1/images}, or that of another collection) match with or without
 * the prefix. Thread-safe once all routes are added.
 */
public final class Routes {
  private static final String IMAGES = "/v1/images";
  private static final String ANY = "/*";

  private final String prefix;
  private final List<Route> routes = new ArrayList<>();

  /** For a function that serves images, or no collection at all. */
  public Routes() {
    this(IMAGES);
  }

  /**
   * For a function that serves another collection.
   *
   * @param prefix its path, for example {@code /v1/batches}
   */
  public Routes(String prefix) {
    this.prefix = prefix;
  }

  /** Serves the requests of a route. */
  @FunctionalInterface
  public interface Handler {
    /**
     * Serves one request.
     *
     * @throws ProblemException to respond with a problem
     */
    Answer handle(Exchange exchange);
  }

  /** Adds a handler for exactly this path. */
  public Routes at(String method, String path, Handler handler) {
    return add(method, path, false, handler);
  }

  /** The same as {@link #below}, for the functions that serve images. */
  public Routes underImages(String method, String path, Handler handler) {
    return below(method, path, handler);
  }

  /**
   * Adds a handler below the prefix.
   *
   * @param path {@code ""} for the collection itself or {@code "/*"} for any single segment, which
   *     becomes the {@link Exchange#pathParameter}; text after the star, for example {@code
   *     ":retry"} or {@code "/callbacks"}, must end the path and is not part of the parameter
   */
  public Routes below(String method, String path, Handler handler) {
    return add(method, path, true, handler);
  }

  private Routes add(String method, String path, boolean isBelow, Handler handler) {
    for (Route route : routes) {
      if (route.path.equals(path) && route.isBelow == isBelow) {
        route.handlers.put(method, handler);
        return this;
      }
    }
    Route route = new Route(path, isBelow, new LinkedHashMap<>());
    route.handlers.put(method, handler);
    routes.add(route);
    return this;
  }

  /**
   * Finds the handler for a request. HEAD is served by the handler of GET, OPTIONS by the route
   * itself.
   */
  Handler find(Exchange exchange) {
    Route route = match(exchange).orElseThrow(() -> new ProblemException(Problems.notFound()));
    if (exchange.method().equals("OPTIONS")) {
      return ignored -> Answer.empty(204).with("Allow", route.allow());
    }
    String method = exchange.method().equals("HEAD") ? "GET" : exchange.method();
    Handler handler = route.handlers.get(method);
    if (handler == null) {
      throw new ProblemException(Problems.methodNotAllowed(route.allow()));
    }
    return handler;
  }

  private Optional<Route> match(Exchange exchange) {
    String path = exchange.path();
    boolean prefixed = path.equals(prefix) || path.startsWith(prefix + "/");
    String below = prefixed ? path.substring(prefix.length()) : path;
    String relative = below.equals("/") ? "" : below;
    Route open = null;
    for (Route route : routes) {
      if (!route.isOpen()) {
        if (route.path.equals(route.isBelow ? relative : path)) {
          return Optional.of(route);
        }
      } else if (onlySegment(relative, route.end()) != null
          && (open == null || route.path.length() > open.path.length())) {
        // The longer of two matching routes wins: a star alone matches any segment.
        open = route;
      }
    }
    if (open != null) {
      exchange.setPathParameter(onlySegment(relative, open.end()));
    }
    return Optional.ofNullable(open);
  }

  private static @Nullable String onlySegment(String path, String end) {
    if (!path.endsWith(end)) {
      return null;
    }
    String begin = path.substring(0, path.length() - end.length());
    boolean one =
        !begin.isEmpty()
            && begin.charAt(0) == '/'
            && path.length() > 1
            && begin.indexOf('/', 1) < 0;
    return one ? begin.substring(1) : null;
  }

  private record Route(String path, boolean isBelow, Map<String, Handler> handlers) {
    boolean isOpen() {
      return isBelow && path.startsWith(ANY);
    }

    /** The text that must follow the segment of the star. */
    String end() {
      return path.substring(ANY.length());
    }

    String allow() {
      TreeSet<String> methods = new TreeSet<>(handlers.keySet());
      if (methods.contains("GET")) {
        methods.add("HEAD");
      }
      methods.add("OPTIONS");
      return String.join(", ", methods);
    }
  }
}
