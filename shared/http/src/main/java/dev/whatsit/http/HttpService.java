package dev.whatsit.http;

import com.google.cloud.functions.HttpFunction;
import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import java.io.IOException;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Base class of an HTTP function that is made of routes. The Functions Framework creates the
 * concrete class through its public constructor without parameters. Thread-safe.
 */
public abstract class HttpService implements HttpFunction, AutoCloseable {
  private final Endpoint endpoint;
  private final Runnable stopping;
  private final Runnable closing;
  private final LongSupplier bytesInFlight;
  private final Drain drain = new Drain();

  /**
   * What a function's wiring creates.
   *
   * @param routes the paths that the function serves
   * @param stopping ends what requests wait for; called at shutdown before the drain
   * @param closing releases what the function holds besides its backend
   * @param bytesInFlight the bytes of memory that request bodies take now
   */
  public record Wired(
      Routes routes, Runnable stopping, Runnable closing, LongSupplier bytesInFlight) {
    /** For a function whose requests wait for nothing and that keeps no bodies in memory. */
    public Wired(Routes routes, Runnable closing) {
      this(routes, () -> {}, closing, () -> 0);
    }

    /** For a function that holds nothing besides its backend. */
    public static Wired of(Routes routes) {
      return new Wired(routes, () -> {});
    }
  }

  /** Creates the parts of a function. */
  @FunctionalInterface
  public interface Wiring {
    /**
     * Creates the parts of a function.
     *
     * @throws InvalidSettings naming every wrong setting
     */
    Wired wire(Map<String, String> settings, Backend backend);
  }

  /**
   * Creates the function with settings from the environment and the backend that they choose, and
   * registers the drain at shutdown.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  protected HttpService(Wiring wiring) {
    this(wiring, EnvironmentWiring.load());
  }

  private HttpService(Wiring wiring, EnvironmentWiring environment) {
    this(wiring, environment.settings(), environment.backend());
    environment.closeAtShutdown(this);
  }

  /**
   * Creates the function with settings and a backend that the caller owns. The caller closes this
   * function and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  protected HttpService(Wiring wiring, Map<String, String> settings, Backend backend) {
    Wired wired = wiring.wire(settings, backend);
    this.endpoint = new Endpoint(wired.routes(), drain);
    this.stopping = wired.stopping();
    this.closing = wired.closing();
    this.bytesInFlight = wired.bytesInFlight();
  }

  @Override
  public final void service(HttpRequest request, HttpResponse response) throws IOException {
    endpoint.service(request, response);
  }

  /** The bytes of memory that request bodies take now; 0 for a function that keeps none. */
  public final long bytesInFlight() {
    return bytesInFlight.getAsLong();
  }

  /**
   * Ends the waits of requests, waits at most {@link Drain#TIMEOUT} for requests in flight, then
   * releases what the function holds.
   */
  @Override
  public final void close() {
    stopping.run();
    drain.await(Drain.TIMEOUT);
    closing.run();
  }
}
