package dev.whatsit.pubsub;

import com.google.api.gax.batching.BatchingSettings;
import com.google.api.gax.retrying.RetrySettings;
import com.google.cloud.pubsub.v1.stub.PublisherStub;
import com.google.cloud.pubsub.v1.stub.PublisherStubSettings;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.grpc.BoundedRetries;
import dev.whatsit.grpc.LazyClient;
import dev.whatsit.grpc.Wire;
import io.grpc.ClientInterceptor;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
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

  private final @Nullable String emulator;
  private final Duration longestCall;
  private final List<ClientInterceptor> interceptors;
  private final LazyClient<PublisherStub> client;

  PublisherConnection(@Nullable String emulator, Duration longestCall) {
    this(emulator, longestCall, List.of());
  }

  /** With something between the client and the wire, for tests. */
  PublisherConnection(
      @Nullable String emulator, Duration longestCall, List<ClientInterceptor> interceptors) {
    this.emulator = emulator;
    this.longestCall = longestCall;
    this.interceptors = List.copyOf(interceptors);
    this.client = new LazyClient<>("Pub/Sub", this::build);
  }

  /**
   * The client, built when there is none yet.
   *
   * @throws TransientFailure if it cannot be built, or is closed; the next call tries again
   */
  PublisherStub stub() {
    return client.get();
  }

  private PublisherStub build() throws IOException {
    PublisherStubSettings.Builder builder = PublisherStubSettings.newBuilder();
    Wire.connect(
        builder,
        PublisherStubSettings.defaultGrpcTransportProviderBuilder(),
        emulator,
        interceptors);
    RetrySettings retries = BoundedRetries.of(longestCall);
    // Which failures are tried again is the client's own list, which Google keeps per method.
    builder.publishSettings().setRetrySettings(retries);
    builder
        .publishSettings()
        .setBatchingSettings(BatchingSettings.newBuilder().setIsEnabled(false).build());
    builder.getTopicSettings().setRetrySettings(retries);
    builder.testIamPermissionsSettings().setRetrySettings(retries);
    return builder.build().createStub();
  }

  /** Waits a bounded time for calls under way. Later calls fail. */
  @Override
  public void close() {
    client.close();
  }
}
