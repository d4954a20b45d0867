package dev.whatsit.local.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.functions.HttpFunction;
import dev.whatsit.local.functions.InProcessServer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The sweeper, with real calls to a function on the framework's handler. */
class SweeperTest {
  private static final Duration INTERVAL = Duration.ofMillis(10);
  private static final Duration DRAIN = Duration.ofSeconds(30);

  private final BlockingQueue<String> calls = new LinkedBlockingQueue<>();

  @Test
  void sweep_fails_isRepeated() throws Exception {
    HttpFunction function =
        (request, response) -> {
          calls.add(request.getMethod() + " " + request.getPath());
          throw new IllegalStateException("fails");
        };
    try (InProcessServer server = new InProcessServer()) {
      server.mount(Sweeper.FUNCTION, function);
      server.start();
      Sweeper sweeper = Sweeper.start(server, INTERVAL, DRAIN, () -> {});
      for (int i = 0; i < 3; i++) {
        assertThat(calls.poll(30, TimeUnit.SECONDS)).isEqualTo("POST /");
      }
      sweeper.close();
    }
  }
}
