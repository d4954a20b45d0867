package dev.whatsit.local.gateway;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The boundary of a multipart body. The Functions Framework reads it only in its most common
 * spelling, so the Content-Type is passed on in that one.
 */
final class Boundary {
  /**
   * The parameter {@code boundary}. Its name is case-insensitive (RFC 9110 section 5.6.6), and MIME
   * allows blanks around the equals sign. The last alternative skips quoted values of other
   * parameters.
   */
  private static final Pattern PARAMETER =
      Pattern.compile(
          ";\\s*boundary\\s*=\\s*(?:\"(?<quoted>[\\x20-\\x7e&&[^\"\\\\]]+)\""
              + "|(?<token>[\\x21-\\x7e&&[^;\"\\\\]]+))|\"[^\"]*\"",
          Pattern.CASE_INSENSITIVE);

  private Boundary() {}

  /** Reads the boundary; empty if there is none that can be read. */
  static String of(@Nullable String contentType) {
    Matcher parameter = PARAMETER.matcher(contentType == null ? "" : contentType);
    while (parameter.find()) {
      String quoted = parameter.group("quoted");
      String boundary = quoted == null ? parameter.group("token") : quoted;
      if (boundary != null) {
        return boundary;
      }
    }
    return "";
  }

  /** The Content-Type of a form with this boundary. */
  static String contentType(String boundary) {
    return "multipart/form-data; boundary="
        + (boundary.matches("[A-Za-z0-9'+_.-]+") ? boundary : '"' + boundary + '"');
  }
}
