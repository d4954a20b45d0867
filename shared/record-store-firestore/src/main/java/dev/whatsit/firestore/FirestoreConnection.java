package dev.whatsit.firestore;

import com.google.api.gax.grpc.GrpcCallContext;
import com.google.api.gax.retrying.RetrySettings;
import com.google.api.gax.rpc.ApiCallContext;
import com.google.api.gax.rpc.FixedHeaderProvider;
import com.google.api.gax.rpc.StatusCode;
import com.google.cloud.firestore.v1.stub.FirestoreStub;
import com.google.cloud.firestore.v1.stub.FirestoreStubSettings;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.grpc.BoundedRetries;
import dev.whatsit.grpc.LazyClient;
import dev.whatsit.grpc.Wire;
import io.grpc.ClientInterceptor;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The connection to Firestore, made by the first call that needs it. Safe for use by several
 * threads.
 *
 * <p>It is the generated client's stub, not the {@code Firestore} object above it: one method call
 * is one remote call with a deadline of its own, a cold process spends a tenth less processor time
 * up to its first write (0.88 s against 0.98 s, and 4,000 classes against 4,470), and 4 MB of
 * libraries for metrics and traces stay away.
 */
final class FirestoreConnection implements AutoCloseable {
  /**
   * The whole time that one method of a store may take, with its retries. An upload asks four ports
   * within its client's minute, and who asks for work gets it delivered again, so waiting longer
   * would only hold an instance.
   */
  static final Duration LONGEST_CALL = Duration.ofSeconds(10);

  /**
   * What is tried again. Google's own list for commits leaves out the last two, after which a write
   * may have been made; here every write is conditional and knows itself again.
   */
  private static final Set<StatusCode.Code> RETRYABLE =
      Set.of(
          StatusCode.Code.UNAVAILABLE,
          StatusCode.Code.RESOURCE_EXHAUSTED,
          StatusCode.Code.INTERNAL,
          StatusCode.Code.DEADLINE_EXCEEDED);

  private final FirestoreSettings settings;
  private final Duration longestCall;
  private final List<ClientInterceptor> interceptors;
  private final LazyClient<FirestoreStub> client;

  FirestoreConnection(FirestoreSettings settings, Duration longestCall) {
    this(settings, longestCall, List.of());
  }

  /** With something between the client and the wire, for tests. */
  FirestoreConnection(
      FirestoreSettings settings, Duration longestCall, List<ClientInterceptor> interceptors) {
    this.settings = settings;
    this.longestCall = longestCall;
    this.interceptors = List.copyOf(interceptors);
    this.client = new LazyClient<>("Firestore", this::build);
  }

  /** How long one method of a store may take. */
  Duration longestCall() {
    return longestCall;
  }

  /** For a call that must have ended, retries included, after this time. */
  ApiCallContext within(Duration time) {
    return GrpcCallContext.createDefault()
        .withRetrySettings(BoundedRetries.within(time, longestCall));
  }

  /**
   * The client, built when there is none yet.
   *
   * @throws TransientFailure if it cannot be built, or is closed; the next call tries again
   */
  FirestoreStub stub() {
    return client.get();
  }

  private FirestoreStub build() throws IOException {
    FirestoreStubSettings.Builder builder = FirestoreStubSettings.newBuilder();
    Map<String, String> headers = new HashMap<>();
    // By which the service routes to the database, as Google's own client above the stub has it.
    headers.put("google-cloud-resource-prefix", settings.databaseName());
    if (settings.emulator() != null) {
      // Lets the emulator pass over its access rules, where it was started with some.
      headers.put("authorization", "Bearer owner");
    }
    builder.setHeaderProvider(FixedHeaderProvider.create(headers));
    Wire.connect(
        builder,
        FirestoreStubSettings.defaultGrpcTransportProviderBuilder(),
        settings.emulator(),
        interceptors);
    RetrySettings retries = BoundedRetries.of(longestCall);
    builder.batchGetDocumentsSettings().setRetrySettings(retries).setRetryableCodes(RETRYABLE);
    builder.runQuerySettings().setRetrySettings(retries).setRetryableCodes(RETRYABLE);
    builder.commitSettings().setRetrySettings(retries).setRetryableCodes(RETRYABLE);
    return builder.build().createStub();
  }

  /** Waits a bounded time for calls under way. Later calls fail. */
  @Override
  public void close() {
    client.close();
  }
}
