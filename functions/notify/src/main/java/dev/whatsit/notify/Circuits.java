package dev.whatsit.notify;

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
 * one try shows whether it closes. At most a few requests go to one server at the same moment. Safe
 * for use by several threads.
 */
final class Circuits {
  static final int FAILURES = 3;
  static final int AT_ONCE = 3;
  static final Duration FIRST = Duration.ofSeconds(30);
  static final Duration LONGEST = Duration.ofMinutes(10);

  /**
   * While all places are taken: at most so long, and at random, for a server that is well has
   * served them soon, and those who met should not meet again.
   */
  static final Duration BUSY = Duration.ofSeconds(4);

  private static final int MOST_SERVERS = 1_000;

  private final RandomGenerator random;
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
  }

  Circuits(RandomGenerator random) {
    this.random = random;
  }

  /**
   * Asks for a place. Who gets one must give it back, by {@link #leave} or {@link #giveBack}.
   *
   * @param origin the server
   * @return empty when it may be tried now, else when to ask again
   */
  synchronized Optional<Instant> enter(String origin, Instant now) {
    Server server = servers.computeIfAbsent(origin, any -> new Server());
    Instant openUntil = server.openUntil;
    if (openUntil != null && openUntil.isAfter(now)) {
      return Optional.of(openUntil);
    }
    if (server.inFlight >= AT_ONCE) {
      return Optional.of(now.plusMillis(random.nextLong(BUSY.toMillis())));
    }
    if (openUntil != null) {
      // This one tries; until it is known how that went, the others wait on.
      server.openUntil = now.plus(FIRST);
    }
    server.inFlight++;
    return Optional.empty();
  }

  /** Gives a place back without a word on the server, which was not asked. */
  synchronized void giveBack(String origin) {
    Server server = servers.get(origin);
    if (server != null) {
      server.inFlight = Math.max(0, server.inFlight - 1);
    }
  }

  /** Gives a place back, and says whether the server answered at all. */
  synchronized void leave(String origin, boolean answered, Instant now) {
    giveBack(origin);
    Server server = servers.get(origin);
    if (server == null) {
      return;
    }
    if (answered) {
      server.failures = 0;
      server.openUntil = null;
      return;
    }
    server.failures++;
    if (server.failures >= FAILURES) {
      long doubled = FIRST.toMillis() << Math.min(10, server.failures - FAILURES);
      server.openUntil = now.plusMillis(Math.min(LONGEST.toMillis(), doubled));
    }
  }
}
