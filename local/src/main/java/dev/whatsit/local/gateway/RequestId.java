package dev.whatsit.local.gateway;

import dev.whatsit.http.RequestIds;
import org.eclipse.jetty.server.Request;

/** The id that identifies a request in logs: the client's if it is valid, else a new one. */
final class RequestId {
  static final String HEADER = "X-Request-Id";

  private static final String ATTRIBUTE = RequestId.class.getName();

  private RequestId() {}

  /** The request's id; every call for a request returns the same one. */
  static String of(Request request) {
    if (request.getAttribute(ATTRIBUTE) instanceof String known) {
      return known;
    }
    String id = RequestIds.orNew(ClientConnection.sentId(request));
    request.setAttribute(ATTRIBUTE, id);
    return id;
  }
}
