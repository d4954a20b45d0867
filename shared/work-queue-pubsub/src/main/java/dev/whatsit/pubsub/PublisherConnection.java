package dev.whatsit.pubsub;

import com.google.api.gax.batching.BatchingSettings;
import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.InstantiatingGrpcChannelProvider;
import com.google.api.gax.retrying.RetrySettings;
import com.google.cloud.pubsub.v1.stub.PublisherStub;
import com.google.cloud.pubsub.v1.stub.PublisherStubSettings;
import dev.whatsit.domain.failure.TransientFailure;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connection to Pub/Sub, made by the first call that needs it. Safe for use by several threads.
 *
 * <p>It is the generated client's stub with batching off, not a {@code Publisher}: one request
 * carries one message, the answer is waited for, and there is nothing to flush before an instance
 * is frozen. The stub needs half the {@code Publisher}'s threads. It speaks gRPC, not HTTP/JSON:
 * every function that publishes has a record store that speaks gRPC, and after one gRPC client the
 * first publish by another took 0.2 s against 0.3 s by HTTP/JSON (alone it would be 0.7 s against
 * 0.6 s), and each later one 2 ms against 7 ms.
 */
final class PublisherConnection implements AutoCloseable {
  /**
   * The whole time that one call may take with its retries. An upload asks four ports within the
   * platform's and its client's minute; who publishes is either a client that may send again or an
   * event that comes again, so waiting longer would only hold an instance.
   */
  static final Duration LONGEST_CALL = Duration.ofSeconds(10);

  /** One attempt may take this part of it, so that one that hangs leaves time for others. */
  private static final int ATTEMPTS_THAT_HANG = 3;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
  private static final double GROWTH = 2;
  private static final Duration LONGEST_CLOSE = Duration.ofSeconds(5);

  private final @Nullable String emulator;
  private final Duration longestCall;
  private volatile @Nullable PublisherStub stub;
  private boolean closed;

  PublisherConnection(@Nullable String emulator, Duration longestCall) {
    this.emulator = emulator;
    this.longestCall = longestCall;
  }

  /**
   * The client, built when there is none yet.
   *
   * @throws TransientFailure if it cannot be built, or is closed; the next call tries again
   */
  PublisherStub stub() {
    PublisherStub built = stub;
    return built == null ? build() : built;
  }

  private synchronized PublisherStub build() {
    PublisherStub built = stub;
    if (built != null) {
      return built;
    }
    if (closed) {
      throw new TransientFailure("the connection to Pub/Sub is closed: this instance is stopping");
    }
    try {
      built = settings().createStub();
    } catch (IOException e) {
      throw new TransientFailure(
          "cannot build the client of Pub/Sub; is there a service account or another application"
              + " default credential? "
              + e,
          e);
    }
    stub = built;
    return built;
  }

  private PublisherStubSettings settings() throws IOException {
    PublisherStubSettings.Builder builder = PublisherStubSettings.newBuilder();
    if (emulator != null) {
      InstantiatingGrpcChannelProvider plain =
          PublisherStubSettings.defaultGrpcTransportProviderBuilder()
              .setEndpoint(emulator)
              .setChannelConfigurator(channel -> channel.usePlaintext())
              .build();
      builder
          .setCredentialsProvider(NoCredentialsProvider.create())
          .setTransportChannelProvider(plain);
    }
    RetrySettings retries =
        RetrySettings.newBuilder()
            .setTotalTimeoutDuration(longestCall)
            .setInitialRpcTimeoutDuration(longestCall.dividedBy(ATTEMPTS_THAT_HANG))
            .setMaxRpcTimeoutDuration(longestCall.dividedBy(ATTEMPTS_THAT_HANG))
            .setRpcTimeoutMultiplier(1)
            .setInitialRetryDelayDuration(FIRST_PAUSE)
            .setRetryDelayMultiplier(GROWTH)
            .setMaxRetryDelayDuration(LONGEST_PAUSE)
            .build();
    // Which failures are tried again is the client's own list, which Google keeps per method.
    builder.publishSettings().setRetrySettings(retries);
    builder
        .publishSettings()
        .setBatchingSettings(BatchingSettings.newBuilder().setIsEnabled(false).build());
    builder.getTopicSettings().setRetrySettings(retries);
    builder.testIamPermissionsSettings().setRetrySettings(retries);
    return builder.build();
  }

  /** Waits a bounded time for calls under way. Later calls fail. */
  @Override
  public synchronized void close() {
    closed = true;
    PublisherStub open = stub;
    stub = null;
    if (open == null) {
      return;
    }
    open.shutdown();
    boolean ended = false;
    try {
      ended = open.awaitTermination(LONGEST_CLOSE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!ended) {
      open.shutdownNow();
    }
  }
}
