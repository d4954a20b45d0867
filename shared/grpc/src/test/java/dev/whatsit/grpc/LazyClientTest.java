package dev.whatsit.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.api.gax.core.BackgroundResource;
import dev.whatsit.domain.failure.TransientFailure;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LazyClientTest {
  private final AtomicInteger built = new AtomicInteger();
  private final LazyClient<Resource> client =
      new LazyClient<>(
          "Some Service",
          () -> {
            built.incrementAndGet();
            return new Resource(true);
          });

  @Test
  void get_firstTime_builds() {
    assertThat(built).hasValue(0);

    assertThat(client.get()).isSameAs(client.get());

    assertThat(built).hasValue(1);
  }

  @Test
  void get_noCredentials_isTransientAndTriedAgain() {
    AtomicInteger tries = new AtomicInteger();
    LazyClient<Resource> refused =
        new LazyClient<>(
            "Some Service",
            () -> {
              if (tries.incrementAndGet() == 1) {
                throw new IOException("none found");
              }
              return new Resource(true);
            });

    assertThatThrownBy(refused::get)
        .isInstanceOf(TransientFailure.class)
        .hasMessageContainingAll("no credentials for Some Service", "none found");
    assertThat(refused.get()).isNotNull();
  }

  @Test
  void get_afterClosing_isTransient() {
    Resource open = client.get();

    client.close();

    assertThat(open.isShutdown()).isTrue();
    assertThatThrownBy(client::get)
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("Some Service is closed");
  }

  @Test
  void close_callsThatDoNotEnd_areEnded() {
    Resource hanging = new Resource(false);
    LazyClient<Resource> hung = new LazyClient<>("Some Service", () -> hanging);
    hung.get();

    hung.close();

    assertThat(hanging.ended).isTrue();
  }

  /** Ends in time, or does not. */
  private static final class Resource implements BackgroundResource {
    private final boolean endsInTime;
    private boolean shutdown;
    private boolean ended;

    Resource(boolean endsInTime) {
      this.endsInTime = endsInTime;
    }

    @Override
    public void shutdown() {
      shutdown = true;
    }

    @Override
    public boolean isShutdown() {
      return shutdown;
    }

    @Override
    public boolean isTerminated() {
      return ended;
    }

    @Override
    public void shutdownNow() {
      ended = true;
    }

    @Override
    public boolean awaitTermination(long duration, TimeUnit unit) {
      return endsInTime;
    }

    @Override
    public void close() {
      shutdown();
    }
  }
}
