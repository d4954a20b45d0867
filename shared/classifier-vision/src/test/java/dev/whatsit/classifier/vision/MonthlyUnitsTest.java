package dev.whatsit.classifier.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.failure.Deferred;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.record.SpendingLedger;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import java.nio.file.Path;
import java.time.Duration;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MonthlyUnitsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String NOVEMBER = "vision-2026-11";

  private final TestClock clock = new TestClock("2026-11-21T12:00:00Z");
  private final TestLedger ledger = new TestLedger();

  @Test
  void spend_manyTimes_reservesABlockOfFiftyForEachFifty() {
    MonthlyUnits units = units(10_000);

    for (int i = 0; i < 100; i++) {
      units.spend(1, PATIENCE);
    }

    assertThat(ledger.calls()).containsExactly(NOVEMBER + " 50", NOVEMBER + " 50");
  }

  @Test
  void spend_instancesThatComeAndGo_leaveMostOfASmallCeiling() {
    for (int i = 0; i < 50; i++) {
      units(1000).spend(1, PATIENCE);
    }

    // Each instance lost the rest of its block.
    assertThat(ledger.calls()).hasSize(50).containsOnly(NOVEMBER + " 10");
  }

  @Test
  void spend_moreThanIsLeftOfTheBlock_losesNothingOfIt() {
    MonthlyUnits units = units(102);

    for (int i = 0; i < 34; i++) {
      units.spend(3, PATIENCE);
    }

    assertThatThrownBy(() -> units.spend(3, PATIENCE)).isInstanceOf(Deferred.class);
  }

  @Test
  void spend_atTheCeiling_isDeferredAndAsksTheLedgerNoMore() {
    MonthlyUnits units = units(2);
    units.spend(1, PATIENCE);
    units.spend(1, PATIENCE);

    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> units.spend(1, PATIENCE))
          .asInstanceOf(type(Deferred.class))
          .returns("SPENDING_CEILING", Deferred::reason)
          .returns(Duration.ofHours(6), Deferred::retryAfter);
    }
    assertThat(ledger.calls())
        .containsExactly(NOVEMBER + " 1", NOVEMBER + " 1", NOVEMBER + " 1", NOVEMBER + " 1");
  }

  @Test
  void spend_beyondFourFifthsOfTheCeiling_saysSoOnceAMonthAndGoesOn() {
    List<String> said = new CopyOnWriteArrayList<>();
    Handler listener =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            if (record.getLevel().equals(Level.WARNING)) {
              said.add(record.getMessage());
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger(MonthlyUnits.class.getName());
    logger.addHandler(listener);
    try {
      MonthlyUnits units = units(500);
      for (int i = 0; i < 400; i++) {
        units.spend(1, PATIENCE);
      }
      assertThat(said).isEmpty();

      for (int i = 400; i < 500; i++) {
        units.spend(1, PATIENCE);
      }
      assertThat(said).containsExactly("spending near the ceiling");
      assertThatThrownBy(() -> units.spend(1, PATIENCE)).isInstanceOf(Deferred.class);
    } finally {
      logger.removeHandler(listener);
    }
  }

  @Test
  void spend_ceilingOfZero_isDeferred() {
    assertThatThrownBy(() -> units(0).spend(1, PATIENCE)).isInstanceOf(Deferred.class);
  }

  @Test
  void spend_tooFewLeftForThisButNotForLess_keepsThem() {
    MonthlyUnits units = units(5);
    units.spend(3, PATIENCE);

    assertThatThrownBy(() -> units.spend(3, PATIENCE)).isInstanceOf(Deferred.class);
    units.spend(2, PATIENCE);
  }

  @Test
  void spend_lastSecondOfTheMonthInCalifornia_isStillOfThatMonth() {
    clock.set("2026-12-01T07:59:59Z");

    assertThat(units(10_000).spend(1, PATIENCE)).isEqualTo(YearMonth.of(2026, 11));
    assertThat(ledger.calls()).containsExactly(NOVEMBER + " 50");
  }

  @Test
  void spend_newMonth_dropsTheOldBlock() {
    MonthlyUnits units = units(10_000);
    units.spend(1, PATIENCE);

    clock.set("2026-12-01T08:00:00Z");
    units.spend(1, PATIENCE);

    assertThat(ledger.calls()).containsExactly(NOVEMBER + " 50", "vision-2026-12 50");
  }

  @Test
  void spend_newMonthAfterTheCeiling_spendsAgain() {
    MonthlyUnits units = units(1);
    units.spend(1, PATIENCE);
    clock.set("2026-12-01T07:59:58Z");
    assertThatThrownBy(() -> units.spend(1, PATIENCE))
        .asInstanceOf(type(Deferred.class))
        .returns(Duration.ofSeconds(2), Deferred::retryAfter);

    clock.advance(Duration.ofSeconds(2));

    assertThat(units.spend(1, PATIENCE)).isEqualTo(YearMonth.of(2026, 12));
  }

  @Test
  void giveBack_sameMonth_canBeSpentAgain() {
    MonthlyUnits units = units(1);
    YearMonth month = units.spend(1, PATIENCE);

    units.giveBack(1, month);

    units.spend(1, PATIENCE);
    assertThatThrownBy(() -> units.spend(1, PATIENCE)).isInstanceOf(Deferred.class);
  }

  @Test
  void giveBack_ofTheMonthBefore_isNotSpentInThisOne() {
    MonthlyUnits units = units(1);
    YearMonth november = units.spend(1, PATIENCE);
    clock.set("2026-12-01T08:00:00Z");
    units.spend(1, PATIENCE);

    units.giveBack(1, november);

    assertThatThrownBy(() -> units.spend(1, PATIENCE)).isInstanceOf(Deferred.class);
  }

  @Test
  void spend_ledgerFails_failsAndReservesTheNextTime() {
    int[] failures = {1};
    MonthlyUnits units =
        new MonthlyUnits(
            (account, wish, ceiling) -> {
              if (failures[0]-- > 0) {
                throw new TransientFailure("no answer");
              }
              return ledger.reserve(account, wish, ceiling);
            },
            1000,
            clock);

    assertThatThrownBy(() -> units.spend(1, PATIENCE)).isInstanceOf(TransientFailure.class);
    units.spend(1, PATIENCE);
  }

  @Test
  void spend_anotherThreadReservesForTooLong_failsInTime() throws Exception {
    CountDownLatch reserving = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    MonthlyUnits units =
        new MonthlyUnits(
            (account, wish, ceiling) -> {
              reserving.countDown();
              awaitQuietly(go);
              return wish;
            },
            1000,
            clock);
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try {
      Future<YearMonth> slow = threads.submit(() -> units.spend(1, PATIENCE));
      assertThat(reserving.await(1, TimeUnit.MINUTES)).isTrue();

      assertThatThrownBy(() -> units.spend(1, Duration.ofMillis(1)))
          .isInstanceOf(TransientFailure.class);

      go.countDown();
      assertThat(slow.get(1, TimeUnit.MINUTES)).isEqualTo(YearMonth.of(2026, 11));
    } finally {
      go.countDown();
      threads.shutdownNow();
    }
  }

  @Test
  void spend_manyThreadsOfManyInstances_neverPassTheCeiling(@TempDir Path folder) throws Exception {
    int instances = 4;
    int threadsOfEach = 4;
    int each = 3;
    int limit = 500;
    Settings settings = Settings.of(Map.of("WHATSIT_DATA", folder.toString()));
    EmbeddedBackend backend = new EmbeddedBackend();
    SpendingLedger shared = new SpendingLedger(backend.stores(settings).documents());
    ExecutorService threads = Executors.newFixedThreadPool(instances * threadsOfEach);
    CountDownLatch start = new CountDownLatch(1);
    try {
      List<Future<Integer>> spent = new ArrayList<>();
      for (int i = 0; i < instances; i++) {
        MonthlyUnits units = new MonthlyUnits(shared::reserve, limit, clock);
        for (int t = 0; t < threadsOfEach; t++) {
          spent.add(threads.submit(() -> spendAll(units, each, start)));
        }
      }
      start.countDown();
      int total = 0;
      for (Future<Integer> future : spent) {
        total += future.get(2, TimeUnit.MINUTES);
      }

      assertThat(total).isBetween(limit - instances * (each - 1), limit);
    } finally {
      threads.shutdownNow();
      Backends.close(backend);
    }
  }

  private static int spendAll(MonthlyUnits units, int each, CountDownLatch start)
      throws InterruptedException {
    start.await();
    int spent = 0;
    try {
      while (true) {
        units.spend(each, PATIENCE);
        spent += each;
      }
    } catch (Deferred e) {
      return spent;
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private MonthlyUnits units(long limit) {
    return new MonthlyUnits(ledger, limit, clock);
  }
}
