package dev.whatsit.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class DrainTest {
  @Test
  void await_nothingInFlight_returnsAtOnce() {
    assertThat(new Drain().await(Duration.ZERO)).isTrue();
  }

  @Test
  void await_somethingInFlight_waitsForIt() throws Exception {
    Drain drain = new Drain();
    Drain.InFlight request = drain.enter();
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      CountDownLatch waiting = new CountDownLatch(1);
      Future<Boolean> stopped =
          executor.submit(
              () -> {
                waiting.countDown();
                return drain.await(Duration.ofMinutes(1));
              });
      waiting.await();
      assertThat(stopped.isDone()).isFalse();

      request.close();

      assertThat(stopped.get()).isTrue();
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void await_tooLong_givesUp() {
    Drain drain = new Drain();
    try (Drain.InFlight request = drain.enter()) {
      assertThat(drain.await(Duration.ofNanos(1))).isFalse();
    }
    assertThat(drain.await(Duration.ZERO)).isTrue();
  }

  @Test
  void close_twice_countsOnce() {
    Drain drain = new Drain();
    Drain.InFlight first = drain.enter();
    Drain.InFlight second = drain.enter();
    first.close();
    first.close();

    assertThat(drain.await(Duration.ofNanos(1))).isFalse();
    second.close();
  }
}
