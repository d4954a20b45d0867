package dev.whatsit.domain.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class UsageLimitTest {
  private static final Duration MAX_AGE = Duration.ofSeconds(5);

  private final AtomicLong stored = new AtomicLong();
  private final AtomicInteger measured = new AtomicInteger();
  private volatile Instant now = Instant.parse("2026-11-21T08:19:44.497Z");
  private volatile Runnable onMeasure = () -> {};
  private final UsageLimit limit = limit(10);

  @Test
  void grant_reached_saysWhatIsFullAndWhenToAskAgain() {
    stored.set(10);

    LimitReached reached = catchThrowableOfType(LimitReached.class, () -> limit.grant(1));

    assertThat(reached.kind()).isEqualTo(LimitReached.Kind.QUEUE);
    assertThat(reached.retryAfter()).contains(MAX_AGE);
  }

  @Test
  void grant_manyAtOnce_grantsNoMoreThanTheLimit() throws Exception {
    stored.set(3);

    assertThat(grantedTo(40)).isEqualTo(7);
    assertThat(stored).hasValue(10);
    assertThat(measured).hasValue(1);
  }

  @Test
  void grant_manyAtOnceWhileTheAmountIsMeasured_grantsNoMoreThanTheLimit() throws Exception {
    stored.set(3);
    limit.check();
    now = now.plus(MAX_AGE);
    // Each is stored before the measurement has read the amount.
    AtomicLong granted = new AtomicLong();
    onMeasure =
        () -> {
          onMeasure = () -> {};
          try {
            granted.addAndGet(grantedTo(4));
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        };

    granted.addAndGet(grantedTo(40));

    assertThat(granted.get()).isLessThanOrEqualTo(7);
    assertThat(stored.get()).isLessThanOrEqualTo(10);
  }

  @Test
  void grant_inFlightWhenTheAmountIsMeasured_isCounted() {
    stored.set(8);
    UsageLimit.Grant inFlight = limit.grant(2);
    now = now.plus(MAX_AGE);

    assertThatThrownBy(() -> limit.grant(1)).isInstanceOf(LimitReached.class);

    inFlight.close();
    limit.check();
  }

  @Test
  void grant_roomAgain_isSeenOnceTheAmountIsOld() {
    stored.set(10);
    assertThatThrownBy(limit::check).isInstanceOf(LimitReached.class);
    stored.set(9);
    assertThatThrownBy(limit::check).isInstanceOf(LimitReached.class);

    now = now.plus(MAX_AGE);

    limit.grant(1).close();
    assertThat(measured).hasValue(2);
  }

  @Test
  void grant_notUsed_isGivenBack() {
    stored.set(9);
    limit.grant(1).close();

    limit.grant(1).close();

    assertThat(measured).hasValue(1);
  }

  @Test
  void check_whileAnotherMeasures_usesTheOldAmount() throws Exception {
    limit.check();
    now = now.plus(MAX_AGE);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    onMeasure =
        () -> {
          begun.countDown();
          awaitUninterrupted(end);
        };
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      Future<?> measuring = other.submit(limit::check);
      awaitUninterrupted(begun);

      limit.check();

      assertThat(measuring).isNotDone();
      assertThat(measured).hasValue(2);
      end.countDown();
      measuring.get();
    } finally {
      end.countDown();
      other.shutdown();
    }
  }

  @Test
  void check_clockSetBack_measuresAgain() {
    stored.set(10);
    assertThatThrownBy(limit::check).isInstanceOf(LimitReached.class);
    stored.set(0);

    now = now.minus(Duration.ofDays(1));

    limit.check();
  }

  @Test
  void check_measurementFails_saysSoAndIsTriedAgain() {
    onMeasure =
        () -> {
          throw new TransientFailure("cannot count");
        };
    assertThatThrownBy(limit::check).hasMessage("cannot count");
    onMeasure = () -> {};

    limit.check();
  }

  @Test
  void grant_withoutALimit_neverMeasures() {
    limit(0).grant(1000).close();

    assertThat(measured).hasValue(0);
  }

  private UsageLimit limit(long max) {
    return new UsageLimit(
        LimitReached.Kind.QUEUE,
        max,
        MAX_AGE,
        () -> {
          measured.incrementAndGet();
          onMeasure.run();
          return stored.get();
        },
        () -> now);
  }

  /** How many of that many threads were granted 1, which each of them then stored. */
  private long grantedTo(int threads) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    CountDownLatch begin = new CountDownLatch(1);
    Callable<Boolean> one =
        () -> {
          begin.await();
          try (UsageLimit.Grant grant = limit.grant(1)) {
            stored.incrementAndGet();
            grant.use();
            return true;
          } catch (LimitReached e) {
            return false;
          }
        };
    List<Future<Boolean>> results =
        Stream.generate(() -> executor.submit(one)).limit(threads).toList();
    begin.countDown();
    try {
      long granted = 0;
      for (Future<Boolean> result : results) {
        granted += result.get() ? 1 : 0;
      }
      return granted;
    } finally {
      executor.shutdown();
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
