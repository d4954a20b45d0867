package dev.whatsit.outbound;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.outbound.AddressGuard.Accepted;
import dev.whatsit.outbound.AddressGuard.Refused;
import dev.whatsit.outbound.AddressGuard.Verdict;
import dev.whatsit.outbound.OutboundFailure.Reason;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

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

  /**
   * The limit of concurrent lookups. A lookup cannot be interrupted, so those that outlast their
   * request must not accumulate.
   */
  private static final int MAX_LOOKUPS = 64;

  private final AddressGuard guard;
  private final Duration longest;
  private final Lookup lookup;
  private final Supplier<SSLSocketFactory> tls;
  private @Nullable ScheduledThreadPoolExecutor clock;
  private @Nullable ThreadPoolExecutor lookups;
  private boolean closed;

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
   * @param longest the time limit of one request, including lookup, redirects and body
   * @param tls called only when an encrypted connection is opened
   */
  public OutboundClient(
      AddressGuard guard, Duration longest, Lookup lookup, Supplier<SSLSocketFactory> tls) {
    this.guard = guard;
    this.longest = longest;
    this.lookup = lookup;
    this.tls = tls;
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
        () -> (SSLSocketFactory) SSLSocketFactory.getDefault());
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
    boolean answered = false;
    try (Deadline deadline = Deadline.in(longest, clock())) {
      OutboundUrl at = url;
      for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
        try (Connection connection = connect(at, deadline)) {
          Connection.Received answer = connection.send("GET", headers, null);
          answered = true;
          if (!REDIRECTS.contains(answer.status())) {
            return read(answer, reader);
          }
          at = next(at, answer.header("Location").orElse(""));
        }
      }
      throw new OutboundFailure(
          Reason.REDIRECT, "It redirects more than " + MAX_REDIRECTS + " times.");
    } catch (OutboundFailure e) {
      throw answered ? e.afterAnswer() : e;
    }
  }

  private static <T> T read(Connection.Received answer, BodyReader<T> reader) {
    if (answer.status() != 200) {
      throw new OutboundFailure(answer.status());
    }
    if (answer.isEncoded()) {
      throw new OutboundFailure(
          Reason.ENCODED, "The server sent the content compressed, although it was not asked to.");
    }
    return reader.read(answer.body(), answer.length());
  }

  private OutboundUrl next(OutboundUrl from, String location) {
    Verdict verdict = guard.check(resolve(from, location));
    if (verdict instanceof Refused refused) {
      throw refused.reason() == Reason.INVALID
          ? new OutboundFailure(Reason.REDIRECT, "It redirects to nowhere.")
          : new OutboundFailure(refused.reason(), "It redirects to where nothing is fetched from.");
    }
    OutboundUrl next = ((Accepted) verdict).url();
    if (from.secure() && !next.secure()) {
      throw new OutboundFailure(Reason.REDIRECT, "It redirects from https to http.");
    }
    return next;
  }

  /** Resolves a reference (RFC 3986 section 5.2), or returns a text that the guard refuses. */
  private static String resolve(OutboundUrl from, String location) {
    try {
      URI reference = new URI(location);
      if (location.isEmpty()) {
        return "";
      }
      // java.net.URI resolves a query by RFC 2396, which drops the last part of the path.
      return location.startsWith("?")
          ? from.origin() + from.path() + location
          : URI.create(from.full()).resolve(reference).toString();
    } catch (URISyntaxException e) {
      return "";
    }
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
  public OutboundAnswer post(OutboundUrl url, Map<String, String> headers, byte[] json) {
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
    try (Deadline deadline = Deadline.in(longest, clock());
        Connection connection = connect(url, deadline)) {
      Connection.Received answer = connection.send("POST", all, json);
      return new OutboundAnswer(answer.status(), answer.header("Retry-After").orElse(null));
    }
  }

  private Connection connect(OutboundUrl url, Deadline deadline) {
    List<InetAddress> addresses =
        url.literal().map(List::of).orElseGet(() -> lookUp(url.host(), deadline));
    guard.requirePermitted(addresses);
    return Connection.open(url, addresses, tls, deadline);
  }

  private List<InetAddress> lookUp(String host, Deadline deadline) {
    Future<List<InetAddress>> found;
    try {
      found = lookups().submit(() -> lookup.addressesOf(host));
    } catch (RejectedExecutionException e) {
      throw new TransientFailure("outbound: too many names are being looked up", e);
    }
    try {
      List<InetAddress> addresses = found.get(deadline.millisLeft(), TimeUnit.MILLISECONDS);
      if (!addresses.isEmpty()) {
        return addresses;
      }
      throw unknown(null);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownHostException) {
        throw unknown(e);
      }
      throw new IllegalStateException("cannot look up a name", e.getCause());
    } catch (TimeoutException e) {
      throw Deadline.timeout();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransientFailure("outbound: interrupted while a name was looked up", e);
    }
  }

  private static OutboundFailure unknown(@Nullable Throwable cause) {
    return new OutboundFailure(Reason.UNREACHABLE, "The host's name is not known.", cause);
  }

  private synchronized ScheduledThreadPoolExecutor clock() {
    requireOpen();
    ScheduledThreadPoolExecutor known = clock;
    if (known == null) {
      known = new ScheduledThreadPoolExecutor(1, work -> daemon(work, "outbound-deadlines"));
      known.setRemoveOnCancelPolicy(true);
      clock = known;
    }
    return known;
  }

  private synchronized ThreadPoolExecutor lookups() {
    requireOpen();
    ThreadPoolExecutor known = lookups;
    if (known == null) {
      known =
          new ThreadPoolExecutor(
              0,
              MAX_LOOKUPS,
              10,
              TimeUnit.SECONDS,
              new SynchronousQueue<>(),
              work -> daemon(work, "outbound-lookup"));
      lookups = known;
    }
    return known;
  }

  private void requireOpen() {
    if (closed) {
      throw new TransientFailure("outbound: closed");
    }
  }

  private static Thread daemon(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  /** Stops the client's threads. Call it when no request is in flight; later requests fail. */
  @Override
  public synchronized void close() {
    closed = true;
    if (clock != null) {
      clock.shutdownNow();
    }
    if (lookups != null) {
      lookups.shutdownNow();
    }
  }
}
