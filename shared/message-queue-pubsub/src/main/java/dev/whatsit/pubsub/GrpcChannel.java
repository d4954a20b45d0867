package dev.whatsit.pubsub;

import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.InstantiatingGrpcChannelProvider;
import com.google.api.gax.rpc.ClientSettings;
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
import org.jspecify.annotations.Nullable;

/**
 * The gRPC channel of one client: quick to open, without retries of its own, and usable again as
 * soon as the service is. Thread-safe.
 */
final class GrpcChannel implements ClientInterceptor {
  /** A connection that a gateway has forgotten is replaced after the sum of these. */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

  private static final Duration KEEP_ALIVE_TIMEOUT = Duration.ofSeconds(3);

  private final @Nullable String emulator;
  private volatile @Nullable ManagedChannel channel;

  private GrpcChannel(@Nullable String emulator) {
    this.emulator = emulator;
  }

  /**
   * Has a client use such a channel.
   *
   * @param defaults the client's own
   * @param emulator {@code host:port} without encryption, or null for the real service
   */
  static void configure(
      ClientSettings.Builder<?, ?> client,
      InstantiatingGrpcChannelProvider.Builder defaults,
      @Nullable String emulator) {
    GrpcChannel channel = new GrpcChannel(emulator);
    defaults
        .setKeepAliveTimeDuration(KEEP_ALIVE)
        .setKeepAliveTimeoutDuration(KEEP_ALIVE_TIMEOUT)
        .setInterceptorProvider(() -> List.of(channel))
        .setChannelConfigurator(channel::configure);
    if (emulator != null) {
      defaults.setEndpoint(emulator);
      client.setCredentialsProvider(NoCredentialsProvider.create());
    }
    client.setTransportChannelProvider(defaults.build());
  }

  // gax asks for the raw type.
  @SuppressWarnings("rawtypes")
  private ManagedChannelBuilder configure(ManagedChannelBuilder builder) {
    // Without service config there is no look-up of TXT records; the retries are gax's.
    builder.disableServiceConfigLookUp();
    builder.disableRetry();
    if (emulator != null) {
      builder.usePlaintext();
    }
    return new Remembering(builder);
  }

  /**
   * After a lost connection gRPC waits up to two minutes before it connects again and meanwhile
   * fails every call; a call that is made now wants it to connect now.
   */
  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    ManagedChannel built = channel;
    if (built != null) {
      built.resetConnectBackoff();
    }
    return next.newCall(method, options);
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
