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
 * Lets only this process into its functions. They listen on ports of their own, which anybody on
 * the machine can reach; what comes in must carry a secret that is new for every run and that only
 * the gateway and whoever delivers know. Thread-safe.
 */
public final class Guard {
  /** On every answer that a function gave, as opposed to the framework under it. */
  public static final String ANSWERED = "X-Whatsit-Function";

  /** A header for functions of requests; for events it is the extension attribute's. */
  private static final String HEADER = "X-Whatsit-Local";

  /** In the query of a push, whose headers are Pub/Sub's own. */
  private static final String PARAMETER = "whatsit_local";

  /** CloudEvents 1.0: an extension's name is of lower-case letters and digits. */
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

  /** Gives the header that lets a request in. */
  public void sign(BiConsumer<String, String> header) {
    header.accept(HEADER, secret);
  }

  /** Gives the header that lets an event in, which in binary mode is its extension attribute. */
  public void signEvent(BiConsumer<String, String> header) {
    header.accept("ce-" + EXTENSION, secret);
  }

  /** The function behind this guard: without the secret the answer is 403. */
  public HttpFunction over(HttpFunction function) {
    return new GuardedHttp(function);
  }

  /** The function behind this guard: an event without the secret fails. */
  public CloudEventsFunction over(CloudEventsFunction function) {
    return new GuardedEvents(function);
  }

  /**
   * The function behind this guard, for messages that are pushed to {@link #pushEndpoint}: without
   * the secret in query or header the answer is 403.
   */
  public HttpFunction overPush(HttpFunction function) {
    return new GuardedPush(function);
  }

  /**
   * Where a function behind {@link #overPush} lets messages in.
   *
   * @param function its address, ending without a slash
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
      response.appendHeader(ANSWERED, "1");
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
      boolean opened =
          request.getFirstQueryParameter(PARAMETER).filter(Guard.this::opens).isPresent()
              || request.getFirstHeader(HEADER).filter(Guard.this::opens).isPresent();
      if (!opened) {
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
