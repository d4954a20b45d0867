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
 * An HTTP function made of routes. The Functions Framework builds the concrete class through its
 * public constructor without parameters. Thread-safe.
 */
public abstract class HttpService implements HttpFunction, AutoCloseable {
  private final Endpoint endpoint;
  private final Runnable stopping;
  private final Runnable closing;
  private final LongSupplier bytesInFlight;
  private final Drain drain = new Drain();

  /**
   * What a wiring makes.
   *
   * @param routes what is served
   * @param stopping ends what requests wait for, before they are waited for
   * @param closing gives back what the function holds beside its backend
   * @param bytesInFlight what bodies take of the memory now
   */
  public record Wired(
      Routes routes, Runnable stopping, Runnable closing, LongSupplier bytesInFlight) {
    /** Routes of a function whose requests wait for nothing, and that keeps no bodies in memory. */
    public Wired(Routes routes, Runnable closing) {
      this(routes, () -> {}, closing, () -> 0);
    }

    /** Routes of a function that holds nothing beside its backend. */
    public static Wired of(Routes routes) {
      return new Wired(routes, () -> {});
    }
  }

  /** Puts a function together. */
  @FunctionalInterface
  public interface Wiring {
    /**
     * Puts a function together.
     *
     * @throws InvalidSettings naming every wrong setting
     */
    Wired wire(Map<String, String> settings, Backend backend);
  }

  /**
   * Settings from the environment, the backend that they choose, and a drain at shutdown.
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
   * With settings and a backend that the caller owns, who closes this and then the backend.
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

  /** What bodies take of the memory now; 0 for a function that keeps none. */
  public final long bytesInFlight() {
    return bytesInFlight.getAsLong();
  }

  /** Waits for requests in flight, for a bounded time, then gives back what the function holds. */
  @Override
  public final void close() {
    stopping.run();
    drain.await(Drain.TIMEOUT);
    closing.run();
  }
}
