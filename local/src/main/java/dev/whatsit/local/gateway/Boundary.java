package dev.whatsit.local.gateway;

import java.util.Map;
import java.util.TreeMap;
import org.eclipse.jetty.http.HttpField;
import org.jspecify.annotations.Nullable;

/**
 * The boundary of a multipart body. The Functions Framework reads it only in its most common
 * spelling, so the Content-Type is passed on in that one.
 */
final class Boundary {
  private Boundary() {}

  /**
   * Reads the parameter {@code boundary}, whose name may be in any case (RFC 9110 section 5.6.6).
   *
   * @return empty if there is none
   */
  static String of(@Nullable String contentType) {
    Map<String, String> parameters = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    HttpField.getValueParameters(contentType, parameters);
    String boundary = parameters.get("boundary");
    // A quote or a backslash is no character of a boundary (RFC 2046 section 5.1.1).
    return boundary == null || !boundary.matches("[\\x20-\\x7e&&[^\"\\\\]]*") ? "" : boundary;
  }

  /** The Content-Type of a form with this boundary. */
  static String contentType(String boundary) {
    return "multipart/form-data; boundary="
        + (boundary.matches("[A-Za-z0-9'+_.-]+") ? boundary : '"' + boundary + '"');
  }
}
