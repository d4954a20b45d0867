package dev.whatsit.http;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import dev.whatsit.logging.LogInterval;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Serves {@code /health/live} and {@code /health/ready}. The results of the checks are cached for
 * five seconds, so that clients cannot trigger checks at will. Thread-safe.
 */
public final class Health {
  private static final Duration CACHED = Duration.ofSeconds(5);
  private static final EventLog LOG = EventLog.of(Health.class);

  /** Of the process: many parts often fail for one reason, at each check. */
  private static final LogInterval LOG_INTERVAL = new LogInterval();

  private final Map<String, Runnable> checks;
  private final Clock clock;
  private Map<String, Boolean> results = Map.of();
  private Instant cachedUntil = Instant.MIN;

  /**
   * Checks the health of these parts.
   *
   * @param checks a name for each part and the check, which throws {@link TransientFailure} when it
   *     fails
   */
  public Health(Map<String, Runnable> checks, Clock clock) {
    this.checks = new LinkedHashMap<>(checks);
    this.clock = clock;
  }

  /** Adds the two paths. */
  public Routes addTo(Routes routes) {
    return routes
        .at("GET", "/health/live", request -> ApiResponse.empty(204))
        .at("GET", "/health/ready", this::ready);
  }

  /** Whether each part works, by its name. */
  public synchronized Map<String, Boolean> parts() {
    Instant now = clock.instant();
    if (!now.isBefore(cachedUntil)) {
      Map<String, Boolean> fresh = new LinkedHashMap<>();
      checks.forEach((name, check) -> fresh.put(name, works(name, check)));
      results = Collections.unmodifiableMap(fresh);
      cachedUntil = now.plus(CACHED);
    }
    return results;
  }

  private record PartBody(String name, String status) {}

  private record ReadyBody(String status, List<PartBody> parts) {}

  private ApiResponse ready(ApiRequest request) {
    return ready(parts(), request.path());
  }

  /**
   * The response that names each part: 200, or 503 if one does not work.
   *
   * @param works whether each part works, by its name
   * @param instance the path of the request
   */
  public static ApiResponse ready(Map<String, Boolean> works, String instance) {
    List<PartBody> parts =
        works.entrySet().stream()
            .map(part -> new PartBody(part.getKey(), part.getValue() ? "ok" : "failed"))
            .toList();
    ApiResponse response =
        works.containsValue(false)
            ? Problem.unavailable(
                    "NOT_READY", "Not ready", "A part of the service cannot be reached.", CACHED)
                .with("parts", parts)
                .toResponse(instance)
            : ApiResponse.json(200, new ReadyBody("ready", parts));
    return response.with("Cache-Control", "no-store");
  }

  private static boolean works(String name, Runnable check) {
    try {
      check.run();
      return true;
    } catch (RuntimeException e) {
      if (LOG_INTERVAL.permits(String.valueOf(e.getMessage()))) {
        LOG.warning("not ready", Labels.of("part", name), e);
      }
      return false;
    }
  }
}
