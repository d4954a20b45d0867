package dev.whatsit.domain.failure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.failure.CircuitBreaker.Permit;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final String DEAD = "https://dead.example";
  private static final int THRESHOLD = 3;
  private static final Duration OPEN = Duration.ofSeconds(30);
  private static final int MAX_CONCURRENT = 3;

  private final CircuitBreaker breaker =
      new CircuitBreaker(THRESHOLD, OPEN, MAX_CONCURRENT, new Random(20_261_121));

  @Test
  void acquire_afterFailuresInARow_isRefusedForThatKeyAlone() {
    fail(THRESHOLD - 1, NOW);
    succeed(NOW);
    fail(THRESHOLD, NOW);

    assertThat(breaker.acquire(DEAD, NOW).refusedUntil()).hasValue(NOW.plus(OPEN));
    assertThat(breaker.acquire("https://alive.example", NOW).refusedUntil()).isEmpty();
  }

  @Test
  void acquire_halfOpen_permitsOneProbeWhoseSuccessCloses() {
    fail(THRESHOLD, NOW);
    Instant later = NOW.plus(OPEN);

    Permit probe = granted(later);
    assertThat(breaker.acquire(DEAD, later).refusedUntil()).hasValue(later.plus(OPEN));

    probe.succeeded();
    probe.close();
    assertThat(breaker.acquire(DEAD, later).refusedUntil()).isEmpty();
  }

  @Test
  void acquire_probeThatNeverEnds_permitsAnotherInTheEnd() {
    fail(THRESHOLD, NOW);
    granted(NOW.plus(OPEN));

    assertThat(breaker.acquire(DEAD, NOW.plus(OPEN.multipliedBy(2))).refusedUntil()).isEmpty();
  }

  @Test
  void close_probeWithoutAReport_permitsAnother() {
    fail(THRESHOLD, NOW);
    Instant later = NOW.plus(OPEN);

    granted(later).close();

    assertThat(breaker.acquire(DEAD, later).refusedUntil()).isEmpty();
    assertThat(breaker.acquire(DEAD, later).refusedUntil()).isPresent();
  }

  @Test
  void failed_everyProbe_opensForLongerUpToTheMaximum() {
    fail(THRESHOLD, NOW);
    Instant now = NOW;
    for (int i = 0; i < 10; i++) {
      now = breaker.acquire(DEAD, now).refusedUntil().orElseThrow();
      fail(1, now);
    }

    assertThat(breaker.acquire(DEAD, now).refusedUntil())
        .hasValue(now.plus(CircuitBreaker.MAX_OPEN_TIMEOUT));
  }

  @Test
  void succeeded_afterLongOutage_opensForTheFirstTimeoutAgain() {
    fail(THRESHOLD, NOW);
    Instant second = NOW.plus(OPEN);
    fail(1, second);
    Instant third = second.plus(OPEN.multipliedBy(2));
    succeed(third);

    fail(THRESHOLD, third);

    assertThat(breaker.acquire(DEAD, third).refusedUntil()).hasValue(third.plus(OPEN));
  }

  @Test
  void acquire_forcedWhileOpen_probesAndClosesOrKeepsItOpen() {
    fail(THRESHOLD, NOW);

    try (Permit forced = breaker.acquire(DEAD, NOW, true)) {
      assertThat(forced.refusedUntil()).isEmpty();
      assertThat(forced.failed(NOW)).hasValue(NOW.plus(OPEN.multipliedBy(2)));
    }
    assertThat(breaker.acquire(DEAD, NOW).refusedUntil()).hasValue(NOW.plus(OPEN.multipliedBy(2)));

    try (Permit forced = breaker.acquire(DEAD, NOW, true)) {
      assertThat(forced.refusedUntil()).isEmpty();
      forced.succeeded();
    }
    assertThat(breaker.acquire(DEAD, NOW).refusedUntil()).isEmpty();
  }

  @Test
  void failed_manyUnderWayWhenItOpens_doNotKeepItOpenForLonger() {
    CircuitBreaker unlimited = new CircuitBreaker(THRESHOLD, OPEN);
    List<Permit> underWay = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      underWay.add(unlimited.acquire(DEAD, NOW));
    }
    for (Permit permit : underWay) {
      permit.failed(NOW);
      permit.close();
    }

    assertThat(unlimited.acquire(DEAD, NOW).refusedUntil()).hasValue(NOW.plus(OPEN));
  }

  @Test
  void failed_underWayWhileAnotherProbes_isNoResultOfTheProbe() {
    Permit old = granted(NOW);
    fail(THRESHOLD, NOW);
    Permit probe = breaker.acquire(DEAD, NOW, true);

    assertThat(old.failed(NOW)).hasValue(NOW.plus(OPEN));
    old.close();

    assertThat(probe.failed(NOW)).hasValue(NOW.plus(OPEN.multipliedBy(2)));
  }

  @Test
  void acquire_allPermitsTaken_isRefusedForAShortRandomTime() {
    Permit first = granted(NOW);
    for (int i = 1; i < MAX_CONCURRENT; i++) {
      granted(NOW);
    }

    Set<Instant> again = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      again.add(breaker.acquire(DEAD, NOW).refusedUntil().orElseThrow());
    }
    // Calls refused by the concurrency limit at the same moment must not retry at the same moment.
    assertThat(again)
        .hasSizeGreaterThan(50)
        .allMatch(
            until ->
                !until.isBefore(NOW) && until.isBefore(NOW.plus(CircuitBreaker.MAX_BUSY_WAIT)));

    first.close();
    first.close();
    assertThat(breaker.acquire(DEAD, NOW).refusedUntil()).isEmpty();
    assertThat(breaker.acquire(DEAD, NOW).refusedUntil()).isPresent();
  }

  private Permit granted(Instant now) {
    Permit permit = breaker.acquire(DEAD, now);
    assertThat(permit.refusedUntil()).isEmpty();
    return permit;
  }

  private void fail(int times, Instant now) {
    for (int i = 0; i < times; i++) {
      try (Permit permit = granted(now)) {
        permit.failed(now);
      }
    }
  }

  private void succeed(Instant now) {
    try (Permit permit = granted(now)) {
      permit.succeeded();
    }
  }
}
