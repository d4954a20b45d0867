package dev.whatsit.logging;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Limits log entries about failures that repeat to one a minute for each reason. Remembers 100
 * reasons at most; beyond that it forgets all of them. Thread-safe.
 */
public final class LogInterval {
  private static final long INTERVAL_NANOS = Duration.ofMinutes(1).toNanos();
  private static final int MAX_REASONS = 100;

  /** When each reason was last logged. */
  private final Map<String, Long> logged = new HashMap<>();

  /** Whether an entry about this reason may be logged now; if so, the next one in a minute. */
  public synchronized boolean permits(String reason) {
    long now = System.nanoTime();
    Long last = logged.get(reason);
    if (last != null && now - last < INTERVAL_NANOS) {
      return false;
    }
    if (logged.size() >= MAX_REASONS) {
      logged.clear();
    }
    logged.put(reason, now);
    return true;
  }
}
