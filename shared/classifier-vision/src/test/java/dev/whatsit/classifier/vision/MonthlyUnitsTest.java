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
import java.util.logging.StreamHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MonthlyUnitsTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(1);
  private static final String NOVEMBER = "vision-2026-11";

  private final TestClock clock = new TestClock("2026-11-21T12:00:00Z");
  private final TestLedger ledger = new TestLedger();

  @Test
  void spend_manyTimes_reservesABlockOfFiftyForEachFifty() {
    MonthlyUnits units = units(10_000);

    for (int i = 0; i < 100; i++) {
      units.spend(1, TIMEOUT);
    }

    assertThat(ledger.calls()).containsExactly(NOVEMBER + " 50", NOVEMBER + " 50");
  }

  @Test
  void spend_instancesThatComeAndGo_leaveMostOfASmallCeiling() {
    for (int i = 0; i < 50; i++) {
      units(1000).spend(1, TIMEOUT);
    }

    // Each instance lost the rest of its block.
    assertThat(ledger.calls()).hasSize(50).containsOnly(NOVEMBER + " 10");
  }

  @Test
  void spend_atTheCeiling_isDeferredAndAsksTheLedgerNoMore() {
    MonthlyUnits units = units(2);
    units.spend(1, TIMEOUT);
    units.spend(1, TIMEOUT);

    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> units.spend(1, TIMEOUT))
          .asInstanceOf(type(Deferred.class))
          .returns("SPENDING_CEILING", Deferred::reason)
          .returns(Duration.ofHours(6), Deferred::retryAfter);
    }
    assertThat(ledger.calls())
        .containsExactly(NOVEMBER + " 1", NOVEMBER + " 1", NOVEMBER + " 1", NOVEMBER + " 1");
  }

  @Test
  void spend_beyondFourFifthsOfTheCeiling_saysSoOnceAMonthAndGoesOn() {
    List<String> warnings = new CopyOnWriteArrayList<>();
    Handler listener =
        new StreamHandler() {
          @Override
          public void publish(LogRecord logged) {
            if (logged.getLevel().equals(Level.WARNING)) {
              warnings.add(logged.getMessage());
            }
          }
        };
    Logger logger = Logger.getLogger(MonthlyUnits.class.getName());
    logger.addHandler(listener);
    try {
      MonthlyUnits units = units(500);
      for (int i = 0; i < 400; i++) {
        units.spend(1, TIMEOUT);
      }
      assertThat(warnings).isEmpty();

      for (int i = 400; i < 500; i++) {
        units.spend(1, TIMEOUT);
      }
      assertThat(warnings).containsExactly("spending near the ceiling");
      assertThatThrownBy(() -> units.spend(1, TIMEOUT)).isInstanceOf(Deferred.class);
    } finally {
      logger.removeHandler(listener);
    }
  }

  @Test
  void spend_newMonthAfterTheCeiling_spendsAgain() {
    MonthlyUnits units = units(1);
    units.spend(1, TIMEOUT);
    clock.set("2026-12-01T07:59:58Z");
    assertThatThrownBy(() -> units.spend(1, TIMEOUT))
        .asInstanceOf(type(Deferred.class))
        .returns(Duration.ofSeconds(2), Deferred::retryAfter);

    clock.advance(Duration.ofSeconds(2));

    assertThat(units.spend(1, TIMEOUT)).isEqualTo(YearMonth.of(2026, 12));
  }

  @Test
  void refund_ofTheMonthBefore_isNotSpentInThisOne() {
    MonthlyUnits units = units(1);
    YearMonth november = units.spend(1, TIMEOUT);
    clock.set("2026-12-01T08:00:00Z");
    units.spend(1, TIMEOUT);

    units.refund(1, november);

    assertThatThrownBy(() -> units.spend(1, TIMEOUT)).isInstanceOf(Deferred.class);
  }

  @Test
  void spend_ledgerFails_failsAndReservesTheNextTime() {
    int[] failures = {1};
    MonthlyUnits units =
        new MonthlyUnits(
            (account, requested, limit) -> {
              if (failures[0]-- > 0) {
                throw new TransientFailure("no answer");
              }
              return ledger.reserve(account, requested, limit);
            },
            1000,
            clock);

    assertThatThrownBy(() -> units.spend(1, TIMEOUT)).isInstanceOf(TransientFailure.class);
    units.spend(1, TIMEOUT);
  }

  @Test
  void spend_anotherThreadReservesForTooLong_failsInTime() throws Exception {
    CountDownLatch reserving = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    MonthlyUnits units =
        new MonthlyUnits(
            (account, requested, limit) -> {
              reserving.countDown();
              awaitQuietly(go);
              return requested;
            },
            1000,
            clock);
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try {
      Future<YearMonth> slow = threads.submit(() -> units.spend(1, TIMEOUT));
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
        units.spend(each, TIMEOUT);
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
