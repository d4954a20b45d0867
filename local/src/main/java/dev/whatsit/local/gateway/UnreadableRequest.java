package dev.whatsit.local.gateway;

import dev.whatsit.http.Problem;
import dev.whatsit.http.Problems;
import dev.whatsit.http.RequestPath;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Request;

/** Refuses requests that two parsers could interpret differently, or that are not understood. */
final class UnreadableRequest {
  private static final List<String> CHUNKED = List.of("chunked");

  private UnreadableRequest() {}

  /** The problem, or empty if the request is unambiguous. */
  static Optional<Problem> check(Request request) {
    List<String> codings = request.getHeaders().getCSV(HttpHeader.TRANSFER_ENCODING, false);
    if (!codings.isEmpty() && !isChunkedOnly(codings)) {
      return Optional.of(GatewayProblems.transferCoding());
    }
    if (request.getHeaders().getFields(HttpHeader.CONTENT_TYPE).size() > 1) {
      return Optional.of(
          Problems.malformedRequest("It has several Content-Type headers. Send one or none."));
    }
    HttpURI uri = request.getHttpURI();
    if (!List.of("http", "https").contains(String.valueOf(uri.getScheme()))) {
      return Optional.of(Problems.malformedRequest("Its target is no http URI."));
    }
    if (uri.getPath() != null && !RequestPath.isPercentEncoded(uri.getPath())) {
      return Optional.of(Problems.malformedPath());
    }
    if (uri.getQuery() != null && !RequestPath.isPercentEncoded(uri.getQuery())) {
      return Optional.of(Problems.malformedQuery());
    }
    return Optional.empty();
  }

  private static boolean isChunkedOnly(List<String> codings) {
    return codings.stream().map(coding -> coding.toLowerCase(Locale.ROOT)).toList().equals(CHUNKED);
  }
}
