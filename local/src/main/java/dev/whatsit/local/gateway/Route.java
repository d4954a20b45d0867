package dev.whatsit.local.gateway;

import dev.whatsit.domain.document.EnumWord;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The paths that the gateway serves. A path is compared as it was sent: no dot segment is resolved
 * and nothing is decoded, so another spelling of a path is unknown.
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

  /** The allowed methods, separated by commas, for the {@code Allow} header. */
  String allow() {
    TreeSet<String> methods = new TreeSet<>(targets.keySet());
    if (methods.contains("GET")) {
      methods.add("HEAD");
    }
    methods.add("OPTIONS");
    return String.join(", ", methods);
  }

  /** The route of a path as sent, without the query; empty if the path is unknown. */
  static Optional<Route> find(String path) {
    for (Route route : values()) {
      if (route.parameter(path) != null) {
        return Optional.of(route);
      }
    }
    return Optional.empty();
  }

  /** Whether the path is {@code /v1/images/} and one more segment of any characters. */
  static boolean isImageOfAnyName(String path) {
    String before = "/v1/images/";
    return path.startsWith(before)
        && path.length() > before.length()
        && path.indexOf('/', before.length()) < 0;
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
    if (path.length() <= before.length() + after.length()
        || !path.startsWith(before)
        || !path.endsWith(after)) {
      return null;
    }
    String middle = path.substring(before.length(), path.length() - after.length());
    return isPlainSegment(middle) ? middle : null;
  }

  /** Unreserved characters only (RFC 3986 section 2.3), and no dot segment (section 5.2.4). */
  private static boolean isPlainSegment(String segment) {
    for (int i = 0; i < segment.length(); i++) {
      char c = segment.charAt(i);
      boolean plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!plain && "-._~".indexOf(c) < 0) {
        return false;
      }
    }
    return !segment.equals(".") && !segment.equals("..");
  }
}
