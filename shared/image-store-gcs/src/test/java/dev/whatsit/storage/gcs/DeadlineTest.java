package dev.whatsit.storage.gcs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.storage.gcs.StorageClient.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Delays that no timeout of a connection limits. */
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class DeadlineTest {
  private static final Duration DEADLINE = Duration.ofSeconds(2);

  /** A read timeout as long as a test, so that only the deadline applies. */
  private static final Limits LIMITS =
      new Limits(DEADLINE, Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofNanos(100), 4);

  /** Larger than the buffers of both ends, so that the write itself blocks. */
  private final byte[] large = Samples.bytes(2, 20 << 20);

  private final ImageDescription image = Samples.image(large);

  @BeforeAll
  static void warmUp() throws IOException {
    // Building the first client of a process takes long on a slow machine.
    String response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    try (SlowServer server = SlowServer.start(SlowServer.sends(response))) {
      assertThatThrownBy(store(server, Samples.PATIENT)::check)
          .hasMessageContaining("roles/storage.objectCreator");
    }
  }

  @Test
  void check_responseThatDripsForEver_failsAtTheDeadlineAndClosesTheConnection() throws Exception {
    String begin =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{";
    try (SlowServer server = SlowServer.start(SlowServer.drips(begin))) {
      GcsImageStore store = store(server, LIMITS);

      assertFailsAtTheDeadline(store::check);

      server.awaitAllClosed();
    }
  }

  @Test
  void read_laterPartThatDripsForEver_failsAtItsDeadlineAndClosesTheConnection() throws Exception {
    String begin =
        "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\nX-Goog-Generation: 1\r\n\r\n"
            + "x".repeat(300_000);
    try (SlowServer server = SlowServer.start(SlowServer.drips(begin))) {
      InputStream stream = store(server, LIMITS).open(image.hash()).orElseThrow();
      assertThat(stream.readNBytes(200_000)).hasSize(200_000);

      assertThatThrownBy(stream::readAllBytes)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("open image " + image.hash())
          .hasMessageContaining("no response within 2000 ms");
      assertThatThrownBy(stream::read)
          .isInstanceOf(IOException.class)
          .hasMessage("reading has failed before");
      stream.close();

      server.awaitAllClosed();
    }
  }

  @Test
  void open_connectionEndsBeforeTheFirstByte_isNoEmptyObject() throws Exception {
    String response =
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nX-Goog-Stored-Content-Length: 10\r\n\r\n";
    try (SlowServer server = SlowServer.start(SlowServer.sends(response))) {
      assertThatThrownBy(() -> store(server, Samples.PATIENT).open(image.hash()))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("the object ended after 0 bytes");
    }
  }

  @Test
  void put_interrupted_failsAtOnceStaysInterruptedAndClosesTheConnection() throws Exception {
    try (SlowServer server = SlowServer.start(SlowServer.reads1Byte())) {
      GcsImageStore store = store(server, Samples.PATIENT);
      AtomicBoolean interrupted = new AtomicBoolean();
      CompletableFuture<Throwable> thrown = new CompletableFuture<>();
      Thread caller =
          new Thread(
              () -> {
                Throwable failure =
                    catchThrowable(() -> store.putIfAbsent(image, ImageBytes.of(large)));
                interrupted.set(Thread.currentThread().isInterrupted());
                thrown.complete(failure);
              });
      caller.start();
      server.awaitConnection();

      caller.interrupt();

      // Far below the limits of the call.
      assertThat(thrown.get(30, TimeUnit.SECONDS))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("store image " + image.hash())
          .hasMessageContaining("interrupted");
      assertThat(interrupted).isTrue();
      server.awaitAllClosed();
    }
  }

  @Test
  void put_afterClose_failsForNow() throws Exception {
    try (SlowServer server = SlowServer.start(SlowServer.reads1Byte())) {
      StorageClient client = Samples.client(server.endpoint(), LIMITS);
      client.close();

      assertThatThrownBy(() -> client.call("do it", storage -> storage))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("cannot do it: closed");
    }
  }

  private static GcsImageStore store(SlowServer server, Limits limits) {
    return Samples.store(server.endpoint(), Samples.BUCKET, limits);
  }

  private static void assertFailsAtTheDeadline(ThrowingCallable call) {
    long begun = System.nanoTime();

    assertThatThrownBy(call)
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("no response within 2000 ms");

    // The additional time is for a slow machine.
    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .isBetween(DEADLINE, Duration.ofSeconds(20));
  }
}
