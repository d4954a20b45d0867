package dev.whatsit.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CircuitsTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final String DEAD = "https://dead.example";

  private static final int AT_ONCE = 3;

  private final Circuits circuits = new Circuits(new Random(20_261_121), AT_ONCE);

  @Test
  void enter_afterFailuresInARow_isRefusedForThatServerAlone() {
    fail(Circuits.FAILURES, NOW);

    assertThat(circuits.enter(DEAD, NOW)).hasValue(NOW.plus(Circuits.FIRST));
    assertThat(circuits.enter("https://alive.example", NOW)).isEmpty();
  }

  @Test
  void enter_whenTheWhileIsOver_letsOneTry() {
    fail(Circuits.FAILURES, NOW);
    Instant later = NOW.plus(Circuits.FIRST);

    assertThat(circuits.enter(DEAD, later)).isEmpty();
    assertThat(circuits.enter(DEAD, later)).isPresent();

    circuits.leave(DEAD, true, later);
    assertThat(circuits.enter(DEAD, later)).isEmpty();
  }

  @Test
  void leave_failsAgain_opensForLongerUpToTheMost() {
    fail(Circuits.FAILURES, NOW);
    Instant now = NOW;
    for (int i = 0; i < 10; i++) {
      now = circuits.enter(DEAD, now).orElseThrow();
      fail(1, now);
    }

    assertThat(circuits.enter(DEAD, now)).hasValue(now.plus(Circuits.LONGEST));
  }

  @Test
  void enter_urgentWhileItIsOpen_triesAndClosesOrKeepsItOpen() {
    fail(Circuits.FAILURES, NOW);

    assertThat(circuits.enter(DEAD, NOW, true)).isEmpty();
    circuits.leave(DEAD, false, NOW);
    assertThat(circuits.enter(DEAD, NOW)).hasValue(NOW.plus(Circuits.FIRST.multipliedBy(2)));

    assertThat(circuits.enter(DEAD, NOW, true)).isEmpty();
    circuits.leave(DEAD, true, NOW);
    assertThat(circuits.enter(DEAD, NOW)).isEmpty();
  }

  @Test
  void leave_manyUnderWayWhenItOpens_doNotKeepItOpenForLonger() {
    Circuits many = new Circuits(new Random(20_261_121), 100);
    for (int i = 0; i < 10; i++) {
      assertThat(many.enter(DEAD, NOW)).isEmpty();
    }
    for (int i = 0; i < 10; i++) {
      many.leave(DEAD, false, NOW);
    }

    assertThat(many.enter(DEAD, NOW)).hasValue(NOW.plus(Circuits.FIRST));
  }

  @Test
  void enter_allPlacesTaken_isRefusedForAShortWhile() {
    for (int i = 0; i < AT_ONCE; i++) {
      assertThat(circuits.enter(DEAD, NOW)).isEmpty();
    }

    Set<Instant> again = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      again.add(circuits.enter(DEAD, NOW).orElseThrow());
    }
    // Those who met do not meet again.
    assertThat(again)
        .hasSizeGreaterThan(50)
        .allMatch(when -> !when.isBefore(NOW) && when.isBefore(NOW.plus(Circuits.BUSY)));

    circuits.leave(DEAD, true, NOW);
    assertThat(circuits.enter(DEAD, NOW)).isEmpty();
  }

  @Test
  void giveBack_manyTimes_freesThePlaceAndOpensNothing() {
    for (int i = 0; i < 10; i++) {
      assertThat(circuits.enter(DEAD, NOW)).isEmpty();
      circuits.giveBack(DEAD);
    }
  }

  private void fail(int times, Instant now) {
    for (int i = 0; i < times; i++) {
      assertThat(circuits.enter(DEAD, now)).isEmpty();
      circuits.leave(DEAD, false, now);
    }
  }
}
