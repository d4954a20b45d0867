package dev.whatsit.outbound;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Resolves the {@code Location} of a redirect (RFC 3986 section 5.2). Characters that a path or a
 * query must not contain are percent-encoded, because servers send UTF-8 and spaces as they are,
 * and browsers follow them. {@code java.net.URI} does neither this nor {@code ..} beyond the root.
 */
final class LocationHeader {
  /** RFC 3986 appendix B: scheme, authority, path and query, without the fragment. */
  private static final Pattern REFERENCE =
      Pattern.compile(
          "(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(\\?[^#]*)?(?:#.*)?",
          Pattern.DOTALL);

  private static final Pattern STRAY_PERCENT = Pattern.compile("%(?![0-9A-Fa-f]{2})");

  /** RFC 3986 sections 3.3 and 2.1, without letters and digits. */
  private static final String IN_PATH = "-._~!$&'()*+,;=:@/%";

  /** RFC 3986 section 3.4, and the brackets, which servers commonly take there. */
  private static final String IN_QUERY = IN_PATH + "?[]";

  private LocationHeader() {}

  /**
   * Resolves a reference against the URL that redirected.
   *
   * @param value each char is one byte as received
   * @return a text that is still to be checked by the guard; empty if there is no reference
   */
  static String resolve(OutboundUrl base, String value) {
    Matcher parts = REFERENCE.matcher(value);
    if (value.isEmpty() || !parts.matches()) {
      return "";
    }
    @Nullable String scheme = parts.group(1);
    @Nullable String authority = parts.group(2);
    String path = encode(parts.group(3), IN_PATH);
    String query = parts.group(4) == null ? "" : encode(parts.group(4), IN_QUERY);
    if (scheme != null && authority == null) {
      return scheme + ":" + path + query;
    }
    if (authority != null) {
      String usedScheme = scheme != null ? scheme : base.secure() ? "https" : "http";
      return usedScheme + "://" + authority + removeDotSegments(path) + query;
    }
    if (path.isEmpty()) {
      return base.origin() + (query.isEmpty() ? base.target() : base.path() + query);
    }
    String folder = base.path().substring(0, base.path().lastIndexOf('/') + 1);
    return base.origin() + removeDotSegments(path.startsWith("/") ? path : folder + path) + query;
  }

  /** RFC 3986 section 5.2.4. */
  private static String removeDotSegments(String path) {
    if (path.isEmpty()) {
      return path;
    }
    Deque<String> kept = new ArrayDeque<>();
    String[] segments = path.substring(1).split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      boolean dots = segments[i].equals(".") || segments[i].equals("..");
      if (segments[i].equals("..")) {
        kept.pollLast();
      }
      if (!dots) {
        kept.add(segments[i]);
      } else if (i == segments.length - 1) {
        kept.add("");
      }
    }
    return "/" + String.join("/", kept);
  }

  /**
   * Percent-encodes what is not allowed. Control characters and backslashes are left for the guard
   * to refuse: parsers do not agree about them.
   */
  private static String encode(String text, String allowed) {
    StringBuilder encoded = new StringBuilder();
    for (char c : STRAY_PERCENT.matcher(text).replaceAll("%25").toCharArray()) {
      boolean plain = c < 0x80 && (Character.isLetterOrDigit(c) || allowed.indexOf(c) >= 0);
      if (plain || c < ' ' || c == 0x7f || c == '\\') {
        encoded.append(c);
      } else {
        encoded.append(String.format("%%%02X", (int) c));
      }
    }
    return encoded.toString();
  }
}
