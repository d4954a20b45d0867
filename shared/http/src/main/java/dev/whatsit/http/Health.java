package dev.whatsit.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Serves {@code /health/live} and {@code /health/ready}. The results of the checks are cached for
 * five seconds, so that clients cannot trigger checks at will. Thread-safe.
 */
public final class Health {
  private static final Duration KEPT = Duration.ofSeconds(5);
  private static final EventLog LOG = EventLog.of(Health.class);

  private final Map<String, Runnable> parts;
  private final Clock clock;
  private @Nullable Report report;

  /**
   * Checks the health of these parts.
   *
   * @param parts a name for each and the check, which throws {@link TransientFailure} when it fails
   */
  public Health(Map<String, Runnable> parts, Clock clock) {
    this.parts = new LinkedHashMap<>(parts);
    this.clock = clock;
  }

  /** Adds the two paths. */
  public Routes addTo(Routes routes) {
    return routes
        .at("GET", "/health/live", exchange -> Answer.empty(204))
        .at("GET", "/health/ready", this::ready);
  }

  /** Whether each part works, by its name. */
  public Map<String, Boolean> parts() {
    return report().parts;
  }

  private Answer ready(Exchange exchange) {
    Map<String, Boolean> current = parts();
    JsonArray list = new JsonArray();
    current.forEach(
        (name, works) -> {
          JsonObject part = new JsonObject();
          part.addProperty("name", name);
          part.addProperty("status", works ? "ok" : "failed");
          list.add(part);
        });
    if (current.containsValue(false)) {
      return Problem.unavailable(
              "NOT_READY", "Not ready", "A part of the service cannot be reached.", KEPT)
          .with("parts", list)
          .toAnswer(exchange.path())
          .with("Cache-Control", "no-store");
    }
    JsonObject json = new JsonObject();
    json.addProperty("status", "ready");
    json.add("parts", list);
    return Answer.json(200, json).with("Cache-Control", "no-store");
  }

  private synchronized Report report() {
    Instant now = clock.instant();
    Report last = report;
    if (last != null && now.isBefore(last.until)) {
      return last;
    }
    Map<String, Boolean> results = new LinkedHashMap<>();
    parts.forEach((name, check) -> results.put(name, works(name, check)));
    Report fresh = new Report(Collections.unmodifiableMap(results), now.plus(KEPT));
    report = fresh;
    return fresh;
  }

  private static boolean works(String name, Runnable check) {
    try {
      check.run();
      return true;
    } catch (RuntimeException e) {
      LOG.warning("not ready", Labels.of("part", name), e);
      return false;
    }
  }

  private record Report(Map<String, Boolean> parts, Instant until) {}
}
