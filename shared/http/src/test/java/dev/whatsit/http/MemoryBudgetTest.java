package dev.whatsit.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
  @Test
  void reserve_hugeClaim_doesNotOverflow() {
    MemoryBudget budget = new MemoryBudget(100);
    try (MemoryBudget.Reservation held = budget.open();
        MemoryBudget.Reservation other = budget.open()) {
      assertThat(held.grow(1)).isTrue();
      assertThat(held.grow(Long.MAX_VALUE)).isFalse();
      assertThat(other.grow(Long.MAX_VALUE)).isFalse();
    }
  }

  @Test
  void reserve_manyThreads_neverPassesTheLimit() throws InterruptedException {
    MemoryBudget budget = new MemoryBudget(1_000);
    AtomicLong held = new AtomicLong();
    AtomicLong max = new AtomicLong();
    ExecutorService executor = Executors.newFixedThreadPool(8);
    for (int i = 0; i < 2_000; i++) {
      long bytes = 1L + i % 400;
      executor.execute(
          () -> {
            try (MemoryBudget.Reservation reservation = budget.open()) {
              if (reservation.grow(bytes)) {
                max.accumulateAndGet(held.addAndGet(bytes), Math::max);
                held.addAndGet(-bytes);
              }
            }
          });
    }
    executor.shutdown();
    assertThat(executor.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
    assertThat(max.get()).isBetween(1L, 1_000L);
    assertThat(budget.used()).isZero();
  }
}
