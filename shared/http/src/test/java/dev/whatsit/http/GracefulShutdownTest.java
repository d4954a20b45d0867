package dev.whatsit.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class GracefulShutdownTest {
  @Test
  void await_somethingInFlight_waitsForIt() throws Exception {
    GracefulShutdown shutdown = new GracefulShutdown();
    GracefulShutdown.InFlight request = shutdown.enter();
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      CountDownLatch waiting = new CountDownLatch(1);
      Future<Boolean> stopped =
          executor.submit(
              () -> {
                waiting.countDown();
                return shutdown.await(Duration.ofMinutes(1));
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
  void await_tooLong_isFalse() {
    GracefulShutdown shutdown = new GracefulShutdown();
    try (GracefulShutdown.InFlight request = shutdown.enter()) {
      assertThat(shutdown.await(Duration.ofNanos(1))).isFalse();
    }
    assertThat(shutdown.await(Duration.ZERO)).isTrue();
  }
}
