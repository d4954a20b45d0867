package dev.whatsit.local.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.functions.HttpFunction;
import dev.whatsit.invoker.FunctionServer;
import dev.whatsit.local.functions.Guard;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The sweeper, with real calls to a function on the invoker. */
class SweeperTest {
  private static final Duration INTERVAL = Duration.ofMillis(10);
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
        Sweeper sweeper = Sweeper.start(guard, server.port(), INTERVAL, DRAIN, () -> {})) {
      assertThat(sweeper).isNotNull();
      for (int i = 0; i < 3; i++) {
        assertThat(calls.poll(30, TimeUnit.SECONDS)).isEqualTo("call");
      }
    }
  }
}
