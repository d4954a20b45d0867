package dev.whatsit.firestore;

import com.google.api.gax.grpc.InstantiatingGrpcChannelProvider;
import com.google.cloud.firestore.FirestoreOptions;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingChannelBuilder2;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC channel to Firestore: quick to open, without retries of its own, and usable again as
 * soon as the service is. Thread-safe.
 */
final class FirestoreChannel implements ClientInterceptor {
  /** A connection that a gateway has forgotten is replaced after the sum of these. */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

  private static final Duration KEEP_ALIVE_TIMEOUT = Duration.ofSeconds(3);

  private final FirestoreSettings settings;
  private final Duration maxCall;
  private volatile @Nullable ManagedChannel channel;

  FirestoreChannel(FirestoreSettings settings, Duration maxCall) {
    this.settings = settings;
    this.maxCall = maxCall;
  }

  /** What the client builds its channel with. */
  InstantiatingGrpcChannelProvider provider() {
    InstantiatingGrpcChannelProvider.Builder provider =
        FirestoreOptions.getDefaultTransportChannelProviderBuilder()
            .setKeepAliveTimeDuration(KEEP_ALIVE)
            .setKeepAliveTimeoutDuration(KEEP_ALIVE_TIMEOUT)
            .setInterceptorProvider(() -> List.of(this))
            .setChannelConfigurator(this::configure);
    if (settings.emulator() != null) {
      provider.setEndpoint(settings.emulator());
    }
    return provider.build();
  }

  // gax asks for the raw type.
  @SuppressWarnings("rawtypes")
  private ManagedChannelBuilder configure(ManagedChannelBuilder builder) {
    // Without service config there is no look-up of TXT records. gRPC's transparent retry would
    // send
    // a commit again that may have been made already; gax retries what may be retried.
    builder.disableServiceConfigLookUp();
    builder.disableRetry();
    if (settings.emulator() != null) {
      builder.usePlaintext();
    }
    return new Remembering(builder);
  }

  /**
   * Limits the attempt to the time of a whole call, which streams do not have by themselves. After
   * a lost connection gRPC waits up to two minutes before it connects again and meanwhile fails
   * every call; a call that is made now wants it to connect now.
   */
  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    ManagedChannel built = channel;
    if (built != null) {
      built.resetConnectBackoff();
    }
    boolean unlimited =
        options.getDeadline() == null
            || options.getDeadline().timeRemaining(TimeUnit.NANOSECONDS) > maxCall.toNanos();
    return next.newCall(
        method,
        unlimited ? options.withDeadlineAfter(maxCall.toNanos(), TimeUnit.NANOSECONDS) : options);
  }

  /** Keeps the channel that gax builds and does not show. */
  private final class Remembering extends ForwardingChannelBuilder2<Remembering> {
    private final ManagedChannelBuilder<?> builder;

    Remembering(ManagedChannelBuilder<?> builder) {
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
