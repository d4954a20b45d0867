package dev.whatsit.http;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The web pages that may use the API. A browser lets a page of any site send requests, with
 * whatever network access or identity its user has, so writes from pages of other sites are
 * refused. A browser says where a page is from in {@code Origin} and {@code Sec-Fetch-Site}; a
 * client that is no browser sends neither and is not affected. Pages of the origins in {@code
 * CORS_ORIGINS} may write, and read responses by CORS (Fetch standard). Immutable.
 */
public final class WebOrigins {
  private static final Pattern ORIGIN =
      Pattern.compile("(https?)://([a-z0-9._-]+|\\[[0-9a-f:.]+])(?::([0-9]{1,5}))?");
  private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
  private static final String VARY = "Vary";
  private static final String ALLOW_ORIGIN = "Access-Control-Allow-Origin";
  private static final String EXPOSE_HEADERS = "Access-Control-Expose-Headers";
  private static final String ALLOW_METHODS = "Access-Control-Allow-Methods";
  private static final String ALLOW_HEADERS = "Access-Control-Allow-Headers";
  private static final String MAX_AGE = "Access-Control-Max-Age";

  /** The headers that this class adds to responses. */
  public static final List<String> RESPONSE_HEADERS =
      List.of(VARY, ALLOW_ORIGIN, EXPOSE_HEADERS, ALLOW_METHODS, ALLOW_HEADERS, MAX_AGE);

  private final Set<String> shared;
  private final Optional<String> own;

  private WebOrigins(Set<String> shared, Optional<String> own) {
    this.shared = shared;
    this.own = own;
  }

  /** Only pages of the host that a request names. */
  public static WebOrigins ownOnly() {
    return new WebOrigins(Set.of(), Optional.empty());
  }

  /**
   * Pages of these origins, too.
   *
   * @param shared as {@link #normal} gives them
   * @param publicUrl the public URL of this service, empty if there is none; its pages may write
   */
  static WebOrigins of(Set<String> shared, String publicUrl) {
    return new WebOrigins(Set.copyOf(shared), originOf(publicUrl));
  }

  /**
   * Whether a request would change something and comes from a page of another site.
   *
   * @param scheme with which the client reached the service: {@code http} or {@code https}
   * @param host the {@code Host} header, empty if there is none
   * @param origin the {@code Origin} header, if any
   * @param fetchSite the {@code Sec-Fetch-Site} header, if any
   */
  public boolean isCrossSiteWrite(
      String method,
      String scheme,
      String host,
      Optional<String> origin,
      Optional<String> fetchSite) {
    if (SAFE_METHODS.contains(method) || isShared(origin)) {
      return false;
    }
    if (fetchSite.isPresent() && fetchSite.get().strip().equalsIgnoreCase("cross-site")) {
      return true;
    }
    Optional<String> page = origin.flatMap(WebOrigins::normal);
    boolean ours =
        page.isPresent() && (page.equals(own) || page.equals(normal(scheme + "://" + host)));
    return origin.isPresent() && !ours;
  }

  /**
   * The headers that let a page of an allowed origin read a response; empty without the setting.
   */
  public Map<String, String> headers(Optional<String> origin) {
    if (shared.isEmpty()) {
      return Map.of();
    }
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(VARY, "Origin");
    if (isShared(origin)) {
      headers.put(ALLOW_ORIGIN, origin.orElseThrow());
      headers.put(EXPOSE_HEADERS, "ETag, Location, Preference-Applied, Retry-After, X-Request-Id");
    }
    return headers;
  }

  /**
   * The headers that a response to OPTIONS has beside {@link #headers}, so that a browser lets a
   * page of an allowed origin send its request.
   *
   * @param allow the methods of the path, separated by commas
   */
  public Map<String, String> preflight(Optional<String> origin, String allow) {
    return isShared(origin)
        ? Map.of(
            ALLOW_METHODS,
            allow,
            ALLOW_HEADERS,
            "Authorization, Content-Digest, Content-Type, Idempotency-Key, If-Match, If-None-Match,"
                + " Prefer, traceparent, X-Request-Id",
            MAX_AGE,
            "600")
        : Map.of();
  }

  private boolean isShared(Optional<String> origin) {
    return origin.flatMap(WebOrigins::normal).filter(shared::contains).isPresent();
  }

  private static Optional<String> originOf(String url) {
    int path = url.indexOf('/', url.indexOf("://") + "://".length());
    return normal(path < 0 ? url : url.substring(0, path));
  }

  /** In lower case, without the scheme's own port; empty if it is no http or https origin. */
  static Optional<String> normal(String origin) {
    Matcher matcher = ORIGIN.matcher(origin.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String scheme = matcher.group(1);
    String port = matcher.group(3);
    boolean usual = port == null || port.equals(scheme.equals("https") ? "443" : "80");
    return Optional.of(scheme + "://" + matcher.group(2) + (usual ? "" : ":" + port));
  }
}
