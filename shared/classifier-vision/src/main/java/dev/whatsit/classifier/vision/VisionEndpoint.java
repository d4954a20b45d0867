package dev.whatsit.classifier.vision;

import java.net.URI;
import java.util.Optional;

/**
 * Where Vision is asked.
 *
 * @param target host and port
 * @param plaintext whether without encryption and credentials, to a server for development
 */
record VisionEndpoint(String target, boolean plaintext) {
  private static final int HTTPS_PORT = 443;
  private static final int MOST_PORT = 65_535;

  /**
   * Reads {@code host}, {@code host:port}, {@code https://host:port} or, for loopback addresses
   * alone, {@code http://host:port}.
   *
   * @return empty when the text is none of these
   */
  static Optional<VisionEndpoint> parse(String text) {
    URI uri;
    try {
      uri = URI.create(text.contains("://") ? text : "https://" + text);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    String host = uri.getHost();
    String path = uri.getRawPath();
    if (host == null
        || uri.getPort() == 0
        || uri.getPort() > MOST_PORT
        || uri.getRawUserInfo() != null
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null
        || !(path.isEmpty() || path.equals("/"))) {
      return Optional.empty();
    }
    if ("https".equals(uri.getScheme())) {
      int port = uri.getPort() < 0 ? HTTPS_PORT : uri.getPort();
      return Optional.of(new VisionEndpoint(host + ":" + port, false));
    }
    // Anywhere else a token, or the names of people's images, could be read on the way.
    if ("http".equals(uri.getScheme()) && uri.getPort() > 0 && isLoopback(host)) {
      return Optional.of(new VisionEndpoint(host + ":" + uri.getPort(), true));
    }
    return Optional.empty();
  }

  /**
   * RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3, RFC 6761 section 6.3; asks no name server.
   */
  private static boolean isLoopback(String host) {
    return host.equals("localhost")
        || host.equals("[::1]")
        || host.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
  }
}
