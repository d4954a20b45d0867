package dev.whatsit.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Routes the requests of one function to handlers. A function can be called at its own URL too, so
 * paths below the prefix ({@code /v1/images}, or that of another collection) match with or without
 * the prefix. Thread-safe once all routes are added.
 */
public final class Routes {
  private final String prefix;
  private final Map<String, Route> routes = new LinkedHashMap<>();
  private WebOrigins origins = WebOrigins.ownOnly();

  /** For a function that serves images, or no collection at all. */
  public Routes() {
    this("/v1/images");
  }

  /**
   * For a function that serves another collection.
   *
   * @param prefix its path, for example {@code /v1/batches}
   */
  public Routes(String prefix) {
    this.prefix = prefix;
  }

  /** Lets web pages of these origins write; without this call only our own pages may. */
  public Routes openTo(WebOrigins allowed) {
    this.origins = allowed;
    return this;
  }

  /** Serves the requests of a route. */
  @FunctionalInterface
  public interface Handler {
    /**
     * Serves one request.
     *
     * @throws ProblemException to respond with a problem
     */
    ApiResponse handle(ApiRequest request);
  }

  /** Adds a handler for exactly this path. */
  public Routes at(String method, String path, Handler handler) {
    return add(method, path, Pattern.quote(path), handler);
  }

  /**
   * Adds a handler below the prefix.
   *
   * @param path {@code ""} for the collection itself or {@code "/*"} for any single segment, which
   *     becomes the {@link ApiRequest#pathParameter}; text after the star, for example {@code
   *     ":retry"} or {@code "/callbacks"}, must end the path and is not part of the parameter
   */
  public Routes below(String method, String path, Handler handler) {
    // An empty segment is a wrong parameter before ":retry", but "/" alone is the collection.
    String segment = path.equals("/*") ? "([^/]+)" : "([^/]*)";
    String relative =
        path.isEmpty() ? "/?" : "/" + segment + Pattern.quote(path.substring("/*".length()));
    return add(method, path, "(?:" + Pattern.quote(prefix) + ")?" + relative, handler);
  }

  private Routes add(String method, String path, String regex, Handler handler) {
    routes
        .computeIfAbsent(
            regex, any -> new Route(path, Pattern.compile(regex), new LinkedHashMap<>()))
        .handlers
        .put(method, handler);
    return this;
  }

  /**
   * Finds the handler for a request. HEAD is served by the handler of GET, OPTIONS by the route
   * itself.
   *
   * @throws ProblemException 404, 405, or 403 for a write from another site's page
   */
  Handler find(ApiRequest request) {
    Route route = match(request);
    if (route == null) {
      throw new ProblemException(Problems.notFound());
    }
    if (request.method().equals("OPTIONS")) {
      return ignored ->
          ApiResponse.empty(204)
              .with("Allow", route.allow())
              .with(origins.preflight(request.origin(), route.allow()));
    }
    Handler handler =
        route.handlers.get(request.method().equals("HEAD") ? "GET" : request.method());
    if (handler == null) {
      throw new ProblemException(Problems.methodNotAllowed(route.allow()));
    }
    if (request.isCrossSiteWrite(origins)) {
      throw new ProblemException(Problems.crossSite());
    }
    return handler;
  }

  /** Adds the headers with which a web page may read the response. */
  ApiResponse readable(ApiRequest request, ApiResponse response) {
    return response.with(origins.headers(request.origin()));
  }

  /** The longest route that matches, because a star alone matches any segment. */
  private @Nullable Route match(ApiRequest request) {
    Route longest = null;
    for (Route route : routes.values()) {
      Matcher matcher = route.pattern.matcher(request.path());
      if (matcher.matches() && (longest == null || route.path.length() > longest.path.length())) {
        longest = route;
        request.setPathParameter(matcher.groupCount() == 0 ? "" : matcher.group(1));
      }
    }
    return longest;
  }

  private record Route(String path, Pattern pattern, Map<String, Handler> handlers) {
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
