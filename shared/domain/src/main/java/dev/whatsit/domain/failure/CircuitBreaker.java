package dev.whatsit.domain.failure;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A circuit breaker with one circuit for each key, in this process, so that calls to a failing
 * service do not delay calls to others. A circuit is closed at first. After a number of consecutive
 * failures it opens: calls are refused for a time that doubles with every further failure. Then it
 * is half-open: one call is permitted, and its result closes or opens the circuit. Thread-safe.
 */
public final class CircuitBreaker {
  /** Default number of consecutive failures that open the circuit of a server. */
  public static final int DEFAULT_FAILURE_THRESHOLD = 3;

  /**
   * Default time for which the circuit of a server is open at first; longer than a request takes.
   */
  public static final Duration DEFAULT_OPEN_TIMEOUT = Duration.ofSeconds(30);

  /** The maximum time for which a circuit is open. */
  public static final Duration MAX_OPEN_TIMEOUT = Duration.ofMinutes(10);

  /** A call over the limit of concurrent calls is refused for a random time, up to this. */
  static final Duration MAX_BUSY_WAIT = Duration.ofSeconds(4);

  private static final int MAX_KEYS = 1_000;
  private static final int MAX_DOUBLINGS = 10;

  private final int failureThreshold;
  private final Duration openTimeout;
  private final int maxConcurrent;
  private final RandomGenerator random;
  private final Map<String, Circuit> circuits =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Circuit> eldest) {
          // The least recently used circuit is dropped; its key starts again with a closed one.
          return size() > MAX_KEYS;
        }
      };

  /** Guarded by the monitor of the breaker. */
  private static final class Circuit {
    private int failures;
    private int concurrent;

    /** Null when closed; in the past when half-open. */
    private @Nullable Instant openUntil;

    /** The permitted call of a half-open circuit, or a forced call of an open one. */
    private @Nullable Permit probe;

    /** When another call is permitted even if the probe has not ended. */
    private Instant probeUntil = Instant.MIN;
  }

  /**
   * A breaker that also limits the concurrent calls of each key.
   *
   * @param failureThreshold consecutive failures that open a circuit, at least 1
   * @param openTimeout how long a circuit is open at first, at most {@link #MAX_OPEN_TIMEOUT}
   * @param maxConcurrent maximum number of concurrent permits for one key, at least 1
   * @param random spreads the retries of calls over that limit
   */
  public CircuitBreaker(
      int failureThreshold, Duration openTimeout, int maxConcurrent, RandomGenerator random) {
    this.failureThreshold = failureThreshold;
    this.openTimeout = openTimeout;
    this.maxConcurrent = maxConcurrent;
    this.random = random;
  }

  /** A breaker without a limit of concurrent calls. */
  public CircuitBreaker(int failureThreshold, Duration openTimeout) {
    this(failureThreshold, openTimeout, Integer.MAX_VALUE, new Random());
  }

  /** Requests a permit that an open circuit refuses. A granted permit must be closed. */
  public Permit acquire(String key, Instant now) {
    return acquire(key, now, false);
  }

  /**
   * Requests a permit. A granted permit must be closed.
   *
   * @param forced whether an open circuit permits the call, as a probe; the limit of concurrent
   *     calls still applies
   */
  public synchronized Permit acquire(String key, Instant now, boolean forced) {
    Circuit circuit = circuits.computeIfAbsent(key, any -> new Circuit());
    if (circuit.openUntil != null && !forced) {
      if (now.isBefore(circuit.openUntil)) {
        return new Permit(circuit, circuit.openUntil);
      }
      if (circuit.probe != null && now.isBefore(circuit.probeUntil)) {
        return new Permit(circuit, circuit.probeUntil);
      }
    }
    if (circuit.concurrent >= maxConcurrent) {
      return new Permit(circuit, now.plusMillis(random.nextLong(MAX_BUSY_WAIT.toMillis())));
    }
    circuit.concurrent++;
    Permit permit = new Permit(circuit, null);
    if (circuit.openUntil != null) {
      circuit.probe = permit;
      circuit.probeUntil = now.plus(openTimeout);
    }
    return permit;
  }

  /** Permits or refuses one call, and receives its result. Thread-safe. */
  public final class Permit implements AutoCloseable {
    private final Circuit circuit;
    private final @Nullable Instant refusedUntil;
    private boolean ended;

    private Permit(Circuit circuit, @Nullable Instant refusedUntil) {
      this.circuit = circuit;
      this.refusedUntil = refusedUntil;
      this.ended = refusedUntil != null;
    }

    /** When to ask again; empty if the call may be made. */
    public Optional<Instant> refusedUntil() {
      return Optional.ofNullable(refusedUntil);
    }

    /** Reports that the service responded: closes the circuit. */
    public void succeeded() {
      synchronized (CircuitBreaker.this) {
        circuit.failures = 0;
        circuit.openUntil = null;
        circuit.probe = null;
      }
    }

    /**
     * Reports that the service did not respond. A failure while the circuit is open is ignored,
     * unless it is the probe's: calls that began before the circuit opened do not extend its open
     * time.
     *
     * @return the end of the open time; empty if the circuit is closed
     */
    public Optional<Instant> failed(Instant now) {
      synchronized (CircuitBreaker.this) {
        boolean open = circuit.openUntil != null && now.isBefore(circuit.openUntil);
        if (!open || circuit.probe == this) {
          circuit.failures++;
          circuit.probe = null;
          if (circuit.failures >= failureThreshold) {
            int doublings = Math.min(MAX_DOUBLINGS, circuit.failures - failureThreshold);
            Duration doubled = openTimeout.multipliedBy(1L << doublings);
            circuit.openUntil =
                now.plus(doubled.compareTo(MAX_OPEN_TIMEOUT) < 0 ? doubled : MAX_OPEN_TIMEOUT);
          }
        }
        return Optional.ofNullable(circuit.openUntil);
      }
    }

    /**
     * Ends the call. Without a reported result the circuit is unchanged, and another call may
     * probe. Idempotent.
     */
    @Override
    public void close() {
      synchronized (CircuitBreaker.this) {
        if (ended) {
          return;
        }
        ended = true;
        circuit.concurrent--;
        if (circuit.probe == this) {
          circuit.probe = null;
        }
      }
    }
  }
}
