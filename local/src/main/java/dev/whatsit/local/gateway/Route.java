package dev.whatsit.local.gateway;

import dev.whatsit.domain.document.EnumWord;
import dev.whatsit.http.RequestPath;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The paths that the gateway serves, in the form of {@link RequestPath}. What a parameter may be is
 * decided by the function, so that a path has the same methods whatever its parameter.
 */
enum Route {
  IMAGES("/v1/images", Map.of("GET", Target.STATUS, "POST", Target.UPLOAD)),
  IMAGE("/v1/images/{hash}", Map.of("GET", Target.STATUS, "PATCH", Target.CONTROL)),
  RETRY("/v1/images/{hash}:retry", Map.of("POST", Target.CONTROL)),
  REDELIVER("/v1/images/{hash}:redeliver", Map.of("POST", Target.CONTROL)),
  CALLBACKS("/v1/images/{hash}/callbacks", Target.STATUS),
  CONTENT("/v1/images/{hash}/content", Target.GATEWAY),
  THUMBNAIL("/v1/thumbnails/{hash}", Target.GATEWAY),
  BATCHES("/v1/batches", Map.of("POST", Target.BATCH)),
  BATCH_REDELIVER("/v1/batches/{batch_id}:redeliver", Map.of("POST", Target.BATCH)),
  BATCH_CALLBACKS("/v1/batches/{batch_id}/callbacks", Target.BATCH),
  BATCH("/v1/batches/{batch_id}", Target.BATCH),
  LIVE("/health/live", Target.STATUS),
  READY("/health/ready", Target.GATEWAY),
  OPENAPI("/openapi.yaml", Target.STATUS),
  DOCS("/docs", Target.GATEWAY),
  DOCS_FILE("/docs/{file}", Target.GATEWAY),
  METRICS("/metrics", Target.GATEWAY),
  HOME("/", Target.GATEWAY);

  /** The function that serves a request, by its name, or the gateway. */
  enum Target implements EnumWord {
    UPLOAD,
    STATUS,
    CONTROL,
    BATCH,
    GATEWAY
  }

  private static final String PARAMETER = "{";

  private final String template;

  @SuppressWarnings("ImmutableEnumChecker") // Made by Map.of.
  private final Map<String, Target> targets;

  Route(String template, Target reader) {
    this(template, Map.of("GET", reader));
  }

  Route(String template, Map<String, Target> targets) {
    this.template = template;
    this.targets = targets;
  }

  /** The path template as the API description writes it. */
  String template() {
    return template;
  }

  /** The target of a method on this path, HEAD as GET; empty if the method is not allowed. */
  Optional<Target> target(String method) {
    return Optional.ofNullable(targets.get(method.equals("HEAD") ? "GET" : method));
  }

  /** Whether it is served without a key: health, documentation, and what a signed link opens. */
  boolean isOpen() {
    return switch (this) {
      case LIVE, READY, CONTENT, THUMBNAIL, OPENAPI, DOCS, DOCS_FILE, HOME -> true;
      default -> false;
    };
  }

  /** The methods of the whole server, for {@code OPTIONS *} (RFC 9110 section 9.3.7). */
  static String allMethods() {
    TreeSet<String> methods = new TreeSet<>();
    for (Route route : values()) {
      methods.addAll(List.of(route.allow().split(", ", -1)));
    }
    return String.join(", ", methods);
  }

  /** The allowed methods, separated by commas, for the {@code Allow} header. */
  String allow() {
    TreeSet<String> methods = new TreeSet<>(targets.keySet());
    if (methods.contains("GET")) {
      methods.add("HEAD");
    }
    methods.add("OPTIONS");
    return String.join(", ", methods);
  }

  /**
   * The route of a path; empty if the path is unknown. The longest template that matches, because a
   * parameter alone takes any segment.
   */
  static Optional<Route> find(String path) {
    return Arrays.stream(values())
        .filter(route -> route.parameter(path) != null)
        .max(Comparator.comparingInt(route -> route.template.length()));
  }

  /**
   * The path's value of this route's parameter; empty if the route has no parameter.
   *
   * @throws IllegalArgumentException if the path does not match this route
   */
  String parameterOf(String path) {
    String parameter = parameter(path);
    if (parameter == null) {
      throw new IllegalArgumentException(path + " is not " + template);
    }
    return parameter;
  }

  private @Nullable String parameter(String path) {
    int open = template.indexOf(PARAMETER);
    if (open < 0) {
      return template.equals(path) ? "" : null;
    }
    String before = template.substring(0, open);
    String after = template.substring(template.indexOf('}') + 1);
    // An empty segment is a wrong parameter before ":retry", but alone it is the collection.
    int least = before.length() + after.length() + (after.isEmpty() ? 1 : 0);
    if (path.length() < least || !path.startsWith(before) || !path.endsWith(after)) {
      return null;
    }
    String middle = path.substring(before.length(), path.length() - after.length());
    return isSegment(middle) ? middle : null;
  }

  /** One segment, and no dot segment (RFC 3986 section 5.2.4). */
  private static boolean isSegment(String text) {
    return text.indexOf('/') < 0 && !text.equals(".") && !text.equals("..");
  }
}
