package dev.whatsit.grpc;

import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.InstantiatingGrpcChannelProvider;
import com.google.api.gax.retrying.RetrySettings;
import com.google.api.gax.rpc.ClientSettings;
import com.google.api.gax.rpc.StatusCode;
import com.google.api.gax.rpc.UnaryCallSettings;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Deadline;
import io.grpc.ForwardingChannelBuilder2;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Configures the gRPC channel of one of Google's clients: fast to open, without gRPC's own retries,
 * and usable again as soon as the service is. One object for one client. Thread-safe.
 */
public final class GrpcChannel {
  /**
   * A connection that a gateway has forgotten is replaced after this and {@link
   * #KEEP_ALIVE_TIMEOUT}.
   */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

  private static final Duration KEEP_ALIVE_TIMEOUT = Duration.ofSeconds(3);

  private static final Set<StatusCode.Code> RETRIED =
      Set.of(
          StatusCode.Code.ABORTED,
          StatusCode.Code.CANCELLED,
          StatusCode.Code.DEADLINE_EXCEEDED,
          StatusCode.Code.INTERNAL,
          StatusCode.Code.RESOURCE_EXHAUSTED,
          StatusCode.Code.UNAVAILABLE,
          StatusCode.Code.UNKNOWN);

  /** The number of attempts that may time out; fast failures are retried more often. */
  private static final int HANGING_ATTEMPTS = 3;

  private static final int MAX_ATTEMPTS = 6;

  private final @Nullable String emulator;
  private final Duration maxCall;
  private volatile @Nullable ManagedChannel channel;

  /**
   * Configures a channel that the client's first call opens.
   *
   * @param emulator {@code host:port} of an emulator, which is called without TLS, or null for the
   *     service
   * @param maxCall the limit of one attempt of a call, also where the client has no limit
   */
  public GrpcChannel(@Nullable String emulator, Duration maxCall) {
    this.emulator = emulator;
    this.maxCall = maxCall;
  }

  /** Creates the provider of the client's channel from the client's own defaults. */
  public InstantiatingGrpcChannelProvider provider(
      InstantiatingGrpcChannelProvider.Builder defaults) {
    defaults
        .setKeepAliveTimeDuration(KEEP_ALIVE)
        .setKeepAliveTimeoutDuration(KEEP_ALIVE_TIMEOUT)
        .setInterceptorProvider(() -> List.of(new Limits()))
        .setChannelConfigurator(this::configure);
    if (emulator != null) {
      defaults.setEndpoint(emulator);
    }
    return defaults.build();
  }

  /** Sets the channel of a client and, for an emulator, its credentials. */
  public void connect(
      ClientSettings.Builder<?, ?> client, InstantiatingGrpcChannelProvider.Builder defaults) {
    client.setTransportChannelProvider(provider(defaults));
    if (emulator != null) {
      client.setCredentialsProvider(NoCredentialsProvider.create());
    }
  }

  /** Sets the retries of an idempotent method, which end within the limit of a call. */
  public void retry(UnaryCallSettings.Builder<?, ?> method) {
    method
        .setRetryableCodes(RETRIED)
        .setRetrySettings(retries(maxCall, maxCall.dividedBy(HANGING_ATTEMPTS), MAX_ATTEMPTS));
  }

  /**
   * The timeouts and retries of one call. The client retries after 100 ms, then doubles the delay
   * up to 1 s.
   *
   * @param maxCall the time limit of all attempts together
   * @param maxAttempt the time limit of one attempt
   * @param maxAttempts at least 1
   */
  public static RetrySettings retries(Duration maxCall, Duration maxAttempt, int maxAttempts) {
    return RetrySettings.newBuilder()
        .setTotalTimeoutDuration(maxCall)
        .setInitialRpcTimeoutDuration(maxAttempt)
        .setMaxRpcTimeoutDuration(maxAttempt)
        .setRpcTimeoutMultiplier(1)
        .setInitialRetryDelayDuration(Duration.ofMillis(100))
        .setRetryDelayMultiplier(2)
        .setMaxRetryDelayDuration(Duration.ofSeconds(1))
        .setMaxAttempts(maxAttempts)
        .build();
  }

  // gax asks for the raw type.
  @SuppressWarnings("rawtypes")
  private ManagedChannelBuilder configure(ManagedChannelBuilder builder) {
    // Prevents a look-up of TXT records.
    builder.disableServiceConfigLookUp();
    // gRPC's transparent retry can repeat a request that was executed already. gax retries the
    // calls that are safe to retry.
    builder.disableRetry();
    if (emulator != null) {
      builder.usePlaintext();
    }
    return new CapturingBuilder(builder);
  }

  private final class Limits implements ClientInterceptor {
    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(
        MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
      ManagedChannel built = channel;
      if (built != null) {
        // After a lost connection gRPC waits up to two minutes before it connects again, and
        // meanwhile fails every call.
        built.resetConnectBackoff();
      }
      Deadline deadline = Deadline.after(maxCall.toNanos(), TimeUnit.NANOSECONDS);
      Deadline own = options.getDeadline();
      return next.newCall(
          method, options.withDeadline(own == null ? deadline : own.minimum(deadline)));
    }
  }

  /** Keeps the channel that gax builds and does not expose. */
  private final class CapturingBuilder extends ForwardingChannelBuilder2<CapturingBuilder> {
    private final ManagedChannelBuilder<?> builder;

    CapturingBuilder(ManagedChannelBuilder<?> builder) {
      this.builder = builder;
    }

    @Override
    protected ManagedChannelBuilder<?> delegate() {
      return builder;
    }

    @Override
    public ManagedChannel build() {
      ManagedChannel built = builder.build();
      channel = built;
      return built;
    }
  }
}
