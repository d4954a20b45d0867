package dev.whatsit.local.gateway;

import java.util.concurrent.ThreadLocalRandom;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Request;

/** The id under which a request is found again: the caller's when it is sane, else a new one. */
final class RequestId {
  static final String HEADER = "X-Request-Id";

  private static final int LONGEST = 128;
  private static final String ATTRIBUTE = RequestId.class.getName();

  private RequestId() {}

  /** The request's id, the same for every call. */
  static String of(Request request) {
    if (request.getAttribute(ATTRIBUTE) instanceof String known) {
      return known;
    }
    String id = ofCaller(request.getHeaders());
    request.setAttribute(ATTRIBUTE, id);
    return id;
  }

  private static String ofCaller(HttpFields headers) {
    String id = headers.get(HEADER);
    return id != null && isSane(id) ? id : newId();
  }

  /** The functions' own rule, so that an id which the gateway passes on is the one they answer. */
  private static boolean isSane(String id) {
    return id.length() <= LONGEST && id.matches("[A-Za-z0-9_.:~+/=-]+");
  }

  private static String newId() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return String.format("%016x%016x", random.nextLong(), random.nextLong());
  }
}
