package dev.whatsit.local.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.functions.HttpFunction;
import dev.whatsit.invoker.FunctionServer;
import dev.whatsit.local.functions.Guard;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The sweeper, with real calls to a function on the invoker. */
class SweeperTest {
  private static final Duration SOON = Duration.ofMillis(10);
  private static final Duration NEVER = Duration.ofHours(1);
  private static final Duration DRAIN = Duration.ofSeconds(30);

  private final Guard guard = new Guard();
  private final BlockingQueue<String> calls = new LinkedBlockingQueue<>();

  @Test
  void sweep_fails_isRepeated() throws Exception {
    HttpFunction function =
        (request, response) -> {
          calls.add("call");
          throw new IllegalStateException("fails");
        };
    try (FunctionServer server = FunctionServer.serve(guard.over(function));
        Sweeper sweeper = Sweeper.start(guard, server.port(), SOON, DRAIN, () -> {})) {
      assertThat(sweeper).isNotNull();
      for (int i = 0; i < 3; i++) {
        assertThat(calls.poll(30, TimeUnit.SECONDS)).isEqualTo("call");
      }
    }
  }

  @Test
  void close_sweepInProgress_waitsForItAndStartsNoOther() throws Exception {
    Semaphore release = new Semaphore(0);
    AtomicInteger ended = new AtomicInteger();
    HttpFunction function =
        (request, response) -> {
          calls.add("call");
          release.acquire();
          ended.incrementAndGet();
        };
    try (FunctionServer server = FunctionServer.serve(guard.over(function))) {
      Sweeper sweeper = Sweeper.start(guard, server.port(), NEVER, DRAIN, () -> {});
      assertThat(calls.poll(30, TimeUnit.SECONDS)).isEqualTo("call");
      Thread stop = new Thread(sweeper::close);
      stop.start();
      release.release();
      stop.join();
      assertThat(ended).hasValue(1);
      assertThat(calls).isEmpty();
    }
  }
}
