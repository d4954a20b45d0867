package dev.whatsit.outbound;

import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A URL in a form that the guard has accepted. Only the guard creates one. Immutable.
 *
 * <p>Path and query may contain secrets of sender and receiver, so {@link #toString} omits both.
 */
public final class OutboundUrl {
  private final URI uri;
  private final boolean secure;
  private final String host;
  private final @Nullable InetAddress literal;
  private final int port;

  OutboundUrl(URI uri, boolean secure, String host, @Nullable InetAddress literal, int port) {
    this.uri = uri;
    this.secure = secure;
    this.host = host;
    this.literal = literal;
    this.port = port;
  }

  /** Whether the scheme is https. */
  public boolean secure() {
    return secure;
  }

  /** The host's name in lower case, or its address without brackets. */
  public String host() {
    return host;
  }

  /** The port, or the scheme's default where none is written. */
  public int port() {
    return port;
  }

  /** Scheme, host and port, the same for all URLs of one server. */
  public String origin() {
    return (secure ? "https://" : "http://") + authority();
  }

  /** The whole URL in one spelling: scheme and host in lower case, no fragment. */
  public String full() {
    return origin() + target();
  }

  Optional<InetAddress> literal() {
    return Optional.ofNullable(literal);
  }

  /** The value of the {@code Host} header (RFC 9110 section 7.2). */
  String authority() {
    String name = host.indexOf(':') < 0 ? host : "[" + host + "]";
    return port == (secure ? 443 : 80) ? name : name + ":" + port;
  }

  /** The target in the request line (RFC 9112 section 3.2.1). */
  String target() {
    String query = uri.getRawQuery();
    return path() + (query == null ? "" : "?" + query);
  }

  String path() {
    String path = uri.getRawPath();
    return path.isEmpty() ? "/" : path;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "OutboundUrl[%s]", origin());
  }
}
