package dev.whatsit.local.functions;

import com.google.cloud.functions.CloudEventsFunction;
import com.google.cloud.functions.HttpFunction;
import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import io.cloudevents.CloudEvent;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Restricts calls of the functions to this process. The functions listen on their own ports, which
 * any process on the machine can reach. Every call must therefore carry a secret, which is new for
 * each run and known only to the gateway and the components that deliver messages. Thread-safe.
 */
public final class Guard {
  /** The header with the secret for HTTP functions. Events have {@link #EXTENSION} instead. */
  private static final String HEADER = "X-Whatsit-Local";

  /** The query parameter with the secret for pushes, because Pub/Sub sets their headers. */
  private static final String PARAMETER = "whatsit_local";

  /** CloudEvents 1.0: an extension's name consists of lower-case letters and digits. */
  private static final String EXTENSION = "whatsitlocal";

  private static final int SECRET_BYTES = 24;
  private static final EventLog LOG = EventLog.of(Guard.class);

  private final String secret;

  /** A guard with a new secret. */
  public Guard() {
    byte[] bytes = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(bytes);
    this.secret = HexFormat.of().formatHex(bytes);
  }

  /** Passes the header that authorizes a request to the consumer. */
  public void sign(BiConsumer<String, String> header) {
    header.accept(HEADER, secret);
  }

  /** Passes the header that authorizes an event: in binary mode, its extension attribute. */
  public void signEvent(BiConsumer<String, String> header) {
    header.accept("ce-" + EXTENSION, secret);
  }

  /** Guards an HTTP function: a request without the secret gets 403. */
  public HttpFunction over(HttpFunction function) {
    return new GuardedHttp(function);
  }

  /** Guards an event function: an event without the secret fails. */
  public CloudEventsFunction over(CloudEventsFunction function) {
    return new GuardedEvents(function);
  }

  /**
   * Guards a function to which messages are pushed at {@link #pushEndpoint}: a request without the
   * secret in its query gets 403.
   */
  public HttpFunction overPush(HttpFunction function) {
    return new GuardedPush(function);
  }

  /**
   * The push endpoint of a function behind {@link #overPush}, with the secret in the query.
   *
   * @param function the function's URL, without a slash at the end
   */
  public URI pushEndpoint(URI function) {
    return URI.create(function + "/?" + PARAMETER + "=" + secret);
  }

  private boolean opens(String given) {
    return MessageDigest.isEqual(
        given.getBytes(StandardCharsets.UTF_8), secret.getBytes(StandardCharsets.UTF_8));
  }

  private final class GuardedHttp implements HttpFunction {
    private final HttpFunction function;

    GuardedHttp(HttpFunction function) {
      this.function = function;
    }

    @Override
    public void service(HttpRequest request, HttpResponse response) throws Exception {
      Optional<String> given = request.getFirstHeader(HEADER);
      if (given.isEmpty() || !opens(given.get())) {
        response.setStatusCode(403);
        return;
      }
      function.service(request, response);
    }
  }

  private final class GuardedPush implements HttpFunction {
    private final HttpFunction function;

    GuardedPush(HttpFunction function) {
      this.function = function;
    }

    @Override
    public void service(HttpRequest request, HttpResponse response) throws Exception {
      if (request.getFirstQueryParameter(PARAMETER).filter(Guard.this::opens).isEmpty()) {
        response.setStatusCode(403);
        return;
      }
      function.service(request, response);
    }
  }

  private final class GuardedEvents implements CloudEventsFunction {
    private final CloudEventsFunction function;

    GuardedEvents(CloudEventsFunction function) {
      this.function = function;
    }

    @Override
    public void accept(CloudEvent event) throws Exception {
      Object given = event.getExtension(EXTENSION);
      if (!(given instanceof String text) || !opens(text)) {
        LOG.warning("event from elsewhere refused", Labels.of("event", event.getId()), null);
        throw new SecurityException("the event does not come from this process");
      }
      function.accept(event);
    }
  }

  @Override
  public String toString() {
    return "Guard";
  }
}
