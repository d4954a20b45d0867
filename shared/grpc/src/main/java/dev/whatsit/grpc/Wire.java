package dev.whatsit.grpc;

import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.InstantiatingGrpcChannelProvider;
import com.google.api.gax.rpc.StubSettings;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannelBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Connects a client with its service. */
public final class Wire {
  /**
   * An instance may be frozen between two requests, and its connection be gone when it wakes; a
   * connection that swallows everything would take every retry with it. Asked for while requests
   * are under way only; other clients of Google's use the same times.
   */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

  private static final Duration KEEP_ALIVE_ANSWER = Duration.ofSeconds(10);

  private Wire() {}

  /**
   * Gives the client its way to the service, on which every call is sent once and a lost connection
   * is {@code UNAVAILABLE}.
   *
   * @param settings of the client
   * @param channel as the client has it by default, or with what is particular to it
   * @param plaintext {@code host:port} of a server for development, which is asked without
   *     encryption and credentials; null for the real service
   */
  public static void connect(
      StubSettings.Builder<?, ?> settings,
      InstantiatingGrpcChannelProvider.Builder channel,
      @Nullable String plaintext) {
    connect(settings, channel, plaintext, List.of());
  }

  /** As above, with something between the client and the wire, for tests. */
  public static void connect(
      StubSettings.Builder<?, ?> settings,
      InstantiatingGrpcChannelProvider.Builder channel,
      @Nullable String plaintext,
      List<ClientInterceptor> interceptors) {
    if (plaintext != null) {
      channel.setEndpoint(plaintext);
      settings.setCredentialsProvider(NoCredentialsProvider.create());
    }
    channel.setKeepAliveTimeDuration(KEEP_ALIVE).setKeepAliveTimeoutDuration(KEEP_ALIVE_ANSWER);
    channel.setChannelConfigurator(
        builder -> plaintext == null ? once(builder) : once(builder).usePlaintext());
    List<ClientInterceptor> all = new ArrayList<>(interceptors);
    // The last one is the nearest to the client (ManagedChannelBuilder.intercept).
    all.add(new LostConnections());
    List<ClientInterceptor> fixed = List.copyOf(all);
    channel.setInterceptorProvider(() -> fixed);
    settings.setTransportChannelProvider(channel.build());
  }

  /**
   * Sends each call once: it is the client that tries again, and counts. By default the channel
   * itself would too when it takes a call for one that the service never saw, which the transport
   * says of every call on a connection that breaks, and Vision bills those that it saw.
   */
  @SuppressWarnings("rawtypes") // So the client's interface has it.
  private static ManagedChannelBuilder once(ManagedChannelBuilder channel) {
    return channel.disableRetry();
  }
}
