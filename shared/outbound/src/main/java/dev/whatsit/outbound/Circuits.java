package dev.whatsit.outbound;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A circuit for each server, in this process: one that does not answer must not take the time and
 * the places of all others. It opens after a few failures in a row, for a while that doubles; then
 * one try shows whether it closes. Safe for use by several threads.
 */
public final class Circuits {
  /** After so many failures in a row it opens. */
  public static final int FAILURES = 3;

  /** For so long at first; longer than a request takes. */
  public static final Duration FIRST = Duration.ofSeconds(30);

  /** For so long at most. */
  public static final Duration LONGEST = Duration.ofMinutes(10);

  /**
   * While all places are taken: at most so long, and at random, for a server that is well has
   * served them soon, and those who met should not meet again.
   */
  static final Duration BUSY = Duration.ofSeconds(4);

  private static final int MOST_SERVERS = 1_000;

  private final RandomGenerator random;
  private final int atOnce;
  private final Map<String, Server> servers =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Server> eldest) {
          // One in use that is forgotten begins anew, which does no harm.
          return size() > MOST_SERVERS;
        }
      };

  private static final class Server {
    private int failures;
    private int inFlight;
    private @Nullable Instant openUntil;

    /** Whether one has been let through although it is open. */
    private boolean probing;

    private boolean isOpen(Instant now) {
      return openUntil != null && openUntil.isAfter(now);
    }
  }

  /**
   * All closed.
   *
   * @param atOnce how many requests go to one server at the same moment, at least 1
   */
  public Circuits(RandomGenerator random, int atOnce) {
    this.random = random;
    this.atOnce = atOnce;
  }

  /**
   * Asks for a place. Who gets one must give it back, by {@link #leave} or {@link #giveBack}.
   *
   * @param origin the server
   * @return empty when it may be tried now, else when to ask again
   */
  public Optional<Instant> enter(String origin, Instant now) {
    return enter(origin, now, false);
  }

  /**
   * The same for one that may be a try of its own while the circuit is open.
   *
   * @param urgent whether somebody waits for just this one
   */
  public synchronized Optional<Instant> enter(String origin, Instant now, boolean urgent) {
    Server server = servers.computeIfAbsent(origin, any -> new Server());
    if (server.isOpen(now) && !urgent) {
      return Optional.ofNullable(server.openUntil);
    }
    if (server.inFlight >= atOnce) {
      return Optional.of(now.plusMillis(random.nextLong(BUSY.toMillis())));
    }
    if (server.openUntil != null) {
      // This one tries; until it is known how that went, the others wait on.
      server.openUntil = now.plus(FIRST);
      server.probing = true;
    }
    server.inFlight++;
    return Optional.empty();
  }

  /** Gives a place back without a word on the server, which was not asked. */
  public synchronized void giveBack(String origin) {
    Server server = servers.get(origin);
    if (server != null) {
      server.inFlight = Math.max(0, server.inFlight - 1);
      server.probing = false;
    }
  }

  /** Gives a place back, and says whether the server answered at all. */
  public synchronized void leave(String origin, boolean answered, Instant now) {
    Server server = servers.get(origin);
    if (server == null) {
      return;
    }
    boolean probed = server.probing;
    giveBack(origin);
    if (answered) {
      server.failures = 0;
      server.openUntil = null;
      return;
    }
    if (server.isOpen(now) && !probed) {
      // It was under way before the circuit opened, and is no sign that this was not long enough.
      return;
    }
    server.failures++;
    if (server.failures >= FAILURES) {
      long doubled = FIRST.toMillis() << Math.min(10, server.failures - FAILURES);
      server.openUntil = now.plusMillis(Math.min(LONGEST.toMillis(), doubled));
    }
  }
}
