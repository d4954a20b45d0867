package dev.whatsit.local.gateway;

import dev.whatsit.http.Problem;
import dev.whatsit.http.Problems;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/** Refuses ambiguous requests, which two parsers could interpret differently. */
final class UnreadableRequest {
  private UnreadableRequest() {}

  /** The problem, or empty if the request is unambiguous. */
  static Optional<Problem> check(Request request) {
    if (request.getHeaders().getFields(HttpHeader.CONTENT_TYPE).size() > 1) {
      return Optional.of(
          Problems.malformedRequest("It has several Content-Type headers. Send one or none."));
    }
    String query = request.getHttpURI().getQuery();
    if (query != null && !isPercentEncoded(query)) {
      return Optional.of(Problems.malformedQuery());
    }
    return Optional.empty();
  }

  private static boolean isPercentEncoded(String text) {
    for (int i = text.indexOf('%'); i >= 0; i = text.indexOf('%', i + 1)) {
      if (i + 2 >= text.length()
          || Character.digit(text.charAt(i + 1), 16) < 0
          || Character.digit(text.charAt(i + 2), 16) < 0) {
        return false;
      }
    }
    return true;
  }
}
