package dev.whatsit.http;

/**
 * Brings the path of a request into the form in which it is routed, by the same rule for functions
 * and gateway: an escaped unreserved character is the character itself (RFC 3986 section 6.2.2.2),
 * and so is an escaped colon, which no path here needs escaped and many clients escape. This is
 * done once, other escapes stay as they are, and no dot segment is resolved, so a path can't mean
 * one thing to the gateway and another to a function.
 */
public final class RequestPath {
  private static final String PLAIN = "-._~:";

  private RequestPath() {}

  /**
   * The path of a request in its normal form.
   *
   * @param target the request's URI or its path, as sent
   * @return without the query; the target itself if it has no path, for example {@code *}
   */
  public static String of(String target) {
    int query = target.indexOf('?');
    String uri = query < 0 ? target : target.substring(0, query);
    int authority = uri.startsWith("/") ? -1 : uri.indexOf("://");
    if (authority < 0) {
      return normal(uri);
    }
    int path = uri.indexOf('/', authority + "://".length());
    return path < 0 ? "/" : normal(uri.substring(path));
  }

  /** Whether each percent sign is followed by two hexadecimal digits (RFC 3986 section 2.1). */
  public static boolean isPercentEncoded(String text) {
    for (int i = text.indexOf('%'); i >= 0; i = text.indexOf('%', i + 1)) {
      if (octet(text, i) < 0) {
        return false;
      }
    }
    return true;
  }

  private static String normal(String path) {
    if (path.indexOf('%') < 0) {
      return path;
    }
    StringBuilder normal = new StringBuilder(path.length());
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      int octet = c == '%' ? octet(path, i) : -1;
      if (isPlain(octet)) {
        normal.append((char) octet);
        i += 2;
      } else {
        normal.append(c);
      }
    }
    return normal.toString();
  }

  private static boolean isPlain(int octet) {
    return (octet >= 'a' && octet <= 'z')
        || (octet >= 'A' && octet <= 'Z')
        || (octet >= '0' && octet <= '9')
        || (octet >= 0 && PLAIN.indexOf(octet) >= 0);
  }

  /** The octet that is escaped at a percent sign, or -1 if it is no escape. */
  private static int octet(String text, int at) {
    if (at + 2 >= text.length()) {
      return -1;
    }
    int high = hex(text.charAt(at + 1));
    int low = hex(text.charAt(at + 2));
    return high < 0 || low < 0 ? -1 : high * 16 + low;
  }

  /** ASCII digits only: {@link Character#digit} takes those of other scripts too. */
  private static int hex(char c) {
    return c < 128 ? Character.digit(c, 16) : -1;
  }
}
