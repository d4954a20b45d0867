package dev.whatsit.outbound;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.outbound.AddressGuard.Accepted;
import dev.whatsit.outbound.AddressGuard.Refused;
import dev.whatsit.outbound.AddressGuard.Verdict;
import dev.whatsit.outbound.OutboundFailure.Reason;
import java.io.InputStream;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * Makes HTTP requests to URLs that untrusted clients name. For each connection the host's name is
 * looked up once, the guard checks every address found, and the client connects to one of those
 * addresses; TLS then verifies the name. Every request has its own connection. Nothing is taken
 * from the environment: no proxy, no credentials, no cookies. Nothing is retried.
 *
 * <p>Costs nothing before the first request. Thread-safe.
 */
public final class OutboundClient implements AutoCloseable {
  private static final String SECONDS = "OUTBOUND_SECONDS";
  private static final Duration DEFAULT_TIME = Duration.ofSeconds(15);
  private static final Duration MAX_TIME = Duration.ofSeconds(30);

  private static final int MAX_REDIRECTS = 3;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final String AGENT = "whatsit/1";

  private final AddressGuard guard;
  private final Duration limit;
  private final GuardedResolver resolver;
  private final Supplier<SSLContext> tls;
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, work -> daemon(work, "outbound-deadlines"));

  /** Reads a response's body. */
  @FunctionalInterface
  public interface BodyReader<T> {
    /**
     * Reads the body, within the time limit of the request.
     *
     * @param body throws an {@link OutboundFailure} when it breaks off or the time is up
     * @param length in bytes as the server declares it, or empty
     */
    T read(InputStream body, OptionalLong length);
  }

  /**
   * Creates a client.
   *
   * @param limit the time limit of one request, including lookup, redirects and body
   * @param tls called only when an encrypted connection is opened
   */
  public OutboundClient(
      AddressGuard guard, Duration limit, Lookup lookup, Supplier<SSLContext> tls) {
    this.guard = guard;
    this.limit = limit;
    this.resolver = new GuardedResolver(guard, lookup);
    this.tls = tls;
    timer.setRemoveOnCancelPolicy(true);
  }

  /**
   * Creates a client that trusts the certificate authorities that Java trusts. Reads the settings
   * of {@link AddressGuard#of}, and {@code OUTBOUND_SECONDS}, the time limit of one request: 1 to
   * 30, 15 when not set. Wrong values are noted in the settings.
   */
  public static OutboundClient of(Settings settings) {
    return new OutboundClient(
        AddressGuard.of(settings),
        settings.seconds(SECONDS, DEFAULT_TIME, Duration.ofSeconds(1), MAX_TIME),
        Lookup.SYSTEM,
        OutboundClient::defaultTls);
  }

  private static SSLContext defaultTls() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java platform has no TLS", e);
    }
  }

  /** Checks a URL's form with the guard. Makes no lookup and no connection. */
  public Verdict check(String url) {
    return guard.check(url);
  }

  /**
   * Gets a URL, following at most three redirects. The target of each is checked like the first
   * URL.
   *
   * @param accept the value of the {@code Accept} header
   * @param reader reads the body of a 200 response; its exceptions are passed on
   * @throws OutboundFailure if there is no such response
   * @throws TransientFailure if too many names are being looked up at this moment
   */
  public <T> T get(OutboundUrl url, String accept, BodyReader<T> reader) {
    Map<String, String> headers = Map.of("Accept", accept, "User-Agent", AGENT);
    boolean responded = false;
    try (Deadline deadline = start()) {
      OutboundUrl at = url;
      for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
        try (Connection connection = new Connection(at, resolver, tls, deadline)) {
          Connection.Response response = connection.send("GET", headers, null);
          responded = true;
          if (!REDIRECTS.contains(response.status())) {
            return read(response, reader);
          }
          at = next(at, response.header("Location").orElse(""));
        }
      }
      throw new OutboundFailure(
          Reason.REDIRECT, "It redirects more than " + MAX_REDIRECTS + " times.");
    } catch (OutboundFailure e) {
      throw responded ? e.afterResponse() : e;
    }
  }

  private static <T> T read(Connection.Response response, BodyReader<T> reader) {
    if (response.status() != 200) {
      throw new OutboundFailure(response.status());
    }
    if (response.isEncoded()) {
      throw new OutboundFailure(
          Reason.ENCODED,
          "The server sent the content compressed, although that was not requested.");
    }
    return reader.read(response.body(), response.length());
  }

  private OutboundUrl next(OutboundUrl from, String location) {
    Verdict verdict = guard.check(LocationHeader.resolve(from, location));
    if (verdict instanceof Refused refused) {
      throw refused.reason() == Reason.INVALID
          ? new OutboundFailure(Reason.REDIRECT, "It redirects to something that is not a URL.")
          : new OutboundFailure(
              refused.reason(), "It redirects to an address that is not allowed.");
    }
    OutboundUrl next = ((Accepted) verdict).url();
    if (from.secure() && !next.secure()) {
      throw new OutboundFailure(Reason.REDIRECT, "It redirects from https to http.");
    }
    return next;
  }

  /**
   * Sends a small message and returns the response, whatever its status. Redirects are not
   * followed.
   *
   * @param headers further headers; {@code Content-Type} is {@code application/json} unless given
   *     here
   * @param json the message
   * @throws OutboundFailure if there was no response: {@link Reason#FORBIDDEN}, {@link
   *     Reason#UNREACHABLE} or {@link Reason#TIMEOUT}
   * @throws IllegalArgumentException if a header contains characters that are not allowed in
   *     headers
   * @throws TransientFailure if too many names are being looked up at this moment
   */
  public OutboundResponse post(OutboundUrl url, Map<String, String> headers, byte[] json) {
    Map<String, String> all = new HashMap<>();
    all.put("User-Agent", AGENT);
    all.put("Content-Type", "application/json");
    headers.forEach(
        (name, value) -> {
          if (!name.matches("[A-Za-z0-9-]+") || !value.matches("[\\x20-\\x7e]*")) {
            throw new IllegalArgumentException("not a header: " + name);
          }
          all.keySet().removeIf(name::equalsIgnoreCase);
          all.put(name, value);
        });
    try (Deadline deadline = start();
        Connection connection = new Connection(url, resolver, tls, deadline)) {
      Connection.Response response = connection.send("POST", all, json);
      return new OutboundResponse(response.status(), response.headers("Retry-After"));
    }
  }

  private Deadline start() {
    try {
      return new Deadline(limit, timer);
    } catch (RejectedExecutionException e) {
      throw new TransientFailure("outbound: closed", e);
    }
  }

  static Thread daemon(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  /** Stops the client's threads. Call it when no request is in flight; later requests fail. */
  @Override
  public void close() {
    timer.shutdownNow();
    resolver.close();
  }
}
