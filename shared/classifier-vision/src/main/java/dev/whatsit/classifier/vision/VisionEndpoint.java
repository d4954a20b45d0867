package dev.whatsit.classifier.vision;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The address of Vision.
 *
 * @param target host and port
 * @param plaintext whether it is a development server, without TLS and credentials
 */
record VisionEndpoint(String target, boolean plaintext) {
  private static final Pattern FORMAT =
      Pattern.compile(
          "((?<scheme>https?)://)?(?<host>[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+])(:(?<port>\\d{1,5}))?/?");

  /** RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3, RFC 6761 section 6.3; without DNS. */
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|\\[::1]|127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");

  private static final int HTTPS_PORT = 443;
  private static final int MAX_PORT = 65_535;

  /**
   * Reads {@code host}, {@code host:port}, {@code https://host:port} or, for loopback addresses
   * only, {@code http://host:port}.
   *
   * @return empty when the text is none of these
   */
  static Optional<VisionEndpoint> parse(String text) {
    Matcher matcher = FORMAT.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String host = matcher.group("host");
    boolean plaintext = "http".equals(matcher.group("scheme"));
    boolean hasPort = matcher.group("port") != null;
    int port = hasPort ? Integer.parseInt(matcher.group("port")) : HTTPS_PORT;
    // Over a network, plaintext would expose the names of images.
    boolean allowed = !plaintext || (hasPort && LOOPBACK.matcher(host).matches());
    return allowed && port > 0 && port <= MAX_PORT
        ? Optional.of(new VisionEndpoint(host + ":" + port, plaintext))
        : Optional.empty();
  }
}
