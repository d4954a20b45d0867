package dev.whatsit.faultproxy;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.HandlerRegistry;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.okhttp.OkHttpChannelBuilder;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.protobuf.StatusProto;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A gRPC proxy on a free port of the loopback interface, without encryption. It forwards every
 * method of every service, with metadata, records each call and injects the fault that a {@link
 * FaultRule} chooses for it. Thread-safe.
 *
 * <p>Streams of any kind are forwarded message by message. A fault that lets the service execute
 * the call first waits for the end of the request, which a bidirectional stream may never reach.
 */
public final class GrpcProxy implements AutoCloseable {
  /** Above what Firestore and Pub/Sub accept in one request (10 MiB). */
  private static final int MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

  private static final Metadata.Key<String> TIMEOUT =
      Metadata.Key.of("grpc-timeout", Metadata.ASCII_STRING_MARSHALLER);

  /** Not shut down: both ends still use it while they close, and idle threads end by themselves. */
  private final ExecutorService threads = Executors.newCachedThreadPool(GrpcProxy::daemon);

  private final List<Call> calls = new ArrayList<>();
  private final ManagedChannel upstream;
  private final Server server;
  private final TcpProxy connections;
  private volatile FaultRule rule = FaultRule.NONE;

  private GrpcProxy(String target) throws IOException {
    upstream =
        OkHttpChannelBuilder.forTarget("dns:///" + target)
            .usePlaintext()
            .disableRetry()
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .executor(threads)
            .build();
    server =
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                InsecureServerCredentials.create())
            .fallbackHandlerRegistry(new EveryMethod())
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .executor(threads)
            .build()
            .start();
    connections = TcpProxy.to(server.getPort());
  }

  /**
   * Starts a proxy that passes everything.
   *
   * @param upstream {@code host:port} of the service or emulator, without encryption
   * @throws IOException if no port can be listened on
   */
  public static GrpcProxy to(String upstream) throws IOException {
    return new GrpcProxy(upstream);
  }

  /** Where clients connect to, as {@code host:port}. */
  public String hostPort() {
    return connections.hostPort();
  }

  /** The clients' connections, for tests that refuse or stall them. */
  public TcpProxy connections() {
    return connections;
  }

  /** Replaces the rule for the calls that arrive from now on. */
  public void setFaults(FaultRule next) {
    rule = next;
  }

  /** Replaces the rule: the next call of the method gets the fault, all others pass. */
  public void failNext(String method, Fault fault) {
    AtomicBoolean done = new AtomicBoolean();
    rule =
        call ->
            call.method().equals(method) && done.compareAndSet(false, true) ? fault : Fault.NONE;
  }

  /** Every call since the last {@link #takeCalls()}, in the order of arrival. */
  public List<Call> calls() {
    synchronized (calls) {
      return List.copyOf(calls);
    }
  }

  /** Returns the methods of {@link #calls()} and clears the recorded calls. */
  public List<String> takeCalls() {
    synchronized (calls) {
      List<String> methods = calls.stream().map(Call::method).toList();
      calls.clear();
      return methods;
    }
  }

  /** Closes every connection and ends hanging calls. */
  @Override
  public void close() {
    connections.close();
    server.shutdownNow();
    upstream.shutdownNow();
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "grpc-proxy");
    thread.setDaemon(true);
    return thread;
  }

  private Fault arrived(String fullMethod, byte[] request) {
    String method = fullMethod.substring(fullMethod.lastIndexOf('.') + 1);
    Call call = new Call(method, ByteString.copyFrom(request), Instant.now());
    synchronized (calls) {
      calls.add(call);
    }
    return rule.of(call);
  }

  private static MethodDescriptor<byte[], byte[]> method(String fullName) {
    return MethodDescriptor.newBuilder(Bytes.INSTANCE, Bytes.INSTANCE)
        .setFullMethodName(fullName)
        .setType(MethodDescriptor.MethodType.UNKNOWN)
        .build();
  }

  private final class EveryMethod extends HandlerRegistry {
    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
      return ServerMethodDefinition.create(
          method(name),
          (call, headers) -> {
            call.request(1);
            return new Inbound(call, headers);
          });
    }
  }

  /** The caller's side of a call. gRPC calls one method at a time. */
  private final class Inbound extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;
    private final Metadata headers;
    private final List<byte[]> request = new ArrayList<>();
    private @Nullable Fault fault;

    /** Set while a call is forwarded without a fault. */
    private @Nullable ClientCall<byte[], byte[]> passing;

    Inbound(ServerCall<byte[], byte[]> call, Metadata headers) {
      this.call = call;
      this.headers = headers;
      // The service must complete a call even if its caller times out.
      headers.discardAll(TIMEOUT);
    }

    @Override
    public void onMessage(byte[] message) {
      begin(message);
      if (passing != null) {
        passing.sendMessage(message);
      } else {
        request.add(message);
      }
      call.request(1);
    }

    @Override
    public void onHalfClose() {
      Fault chosen = begin(new byte[0]);
      if (passing != null) {
        passing.halfClose();
        return;
      }
      switch (chosen.kind()) {
        case LOSE_RESPONSE, HANG_AFTER, DROP_AFTER, DELAY ->
            forward(response -> settle(chosen, response));
        case DUPLICATE -> forward(first -> forward(response -> deliver(response)));
        default -> {
          // Handled at the start of the call, or hangs.
        }
      }
    }

    @Override
    public void onCancel() {
      if (passing != null) {
        passing.cancel("cancelled by the caller", null);
      }
    }

    private Fault begin(byte[] first) {
      if (fault != null) {
        return fault;
      }
      Fault chosen = arrived(call.getMethodDescriptor().getFullMethodName(), first);
      fault = chosen;
      switch (chosen.kind()) {
        case NONE -> {
          passing = newCall();
          passing.start(new Passing(call, passing), headers);
          passing.request(1);
        }
        case REFUSE -> fail(chosen);
        case DROP_BEFORE -> drop();
        case RESPOND -> {
          call.sendHeaders(new Metadata());
          call.sendMessage(chosen.response().toByteArray());
          call.close(Status.OK, new Metadata());
        }
        default -> {
          // Handled at the end of the request, or hangs.
        }
      }
      return chosen;
    }

    private ClientCall<byte[], byte[]> newCall() {
      // A call made in the caller's context would be cancelled with it.
      Context before = Context.ROOT.attach();
      try {
        return upstream.newCall(
            method(call.getMethodDescriptor().getFullMethodName()), CallOptions.DEFAULT);
      } finally {
        Context.ROOT.detach(before);
      }
    }

    private void forward(Collecting.Done done) {
      Metadata copy = new Metadata();
      copy.merge(headers);
      ClientCall<byte[], byte[]> outbound = newCall();
      outbound.start(new Collecting(outbound, done), copy);
      outbound.request(1);
      request.forEach(outbound::sendMessage);
      outbound.halfClose();
    }

    private void settle(Fault chosen, Collecting response) {
      switch (chosen.kind()) {
        case LOSE_RESPONSE -> fail(chosen);
        case DROP_AFTER -> drop();
        case DELAY ->
            CompletableFuture.delayedExecutor(
                    chosen.delay().toNanos(), TimeUnit.NANOSECONDS, threads)
                .execute(() -> deliver(response));
        default -> {
          // It hangs.
        }
      }
    }

    private void deliver(Collecting response) {
      if (response.headers != null) {
        call.sendHeaders(response.headers);
      }
      response.messages.forEach(call::sendMessage);
      call.close(response.status, response.trailers);
    }

    private void fail(Fault chosen) {
      StatusRuntimeException failure = StatusProto.toStatusRuntimeException(chosen.status());
      call.close(
          failure.getStatus(), Objects.requireNonNullElseGet(failure.getTrailers(), Metadata::new));
    }

    private void drop() {
      InetSocketAddress caller =
          (InetSocketAddress) call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
      connections.drop(Objects.requireNonNull(caller).getPort());
    }
  }

  /** Forwards the service's response message by message. */
  private static final class Passing extends ClientCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> to;
    private final ClientCall<byte[], byte[]> from;

    Passing(ServerCall<byte[], byte[]> to, ClientCall<byte[], byte[]> from) {
      this.to = to;
      this.from = from;
    }

    @Override
    public void onHeaders(Metadata headers) {
      to.sendHeaders(headers);
    }

    @Override
    public void onMessage(byte[] message) {
      to.sendMessage(message);
      from.request(1);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      to.close(status, trailers);
    }
  }

  /** Collects the service's response until its end. */
  private static final class Collecting extends ClientCall.Listener<byte[]> {
    interface Done {
      void ended(Collecting response);
    }

    private final ClientCall<byte[], byte[]> from;
    private final Done done;
    private final List<byte[]> messages = new ArrayList<>();
    private @Nullable Metadata headers;
    private Status status = Status.UNKNOWN;
    private Metadata trailers = new Metadata();

    Collecting(ClientCall<byte[], byte[]> from, Done done) {
      this.from = from;
      this.done = done;
    }

    @Override
    public void onHeaders(Metadata received) {
      headers = received;
    }

    @Override
    public void onMessage(byte[] message) {
      messages.add(message);
      from.request(1);
    }

    @Override
    public void onClose(Status ended, Metadata received) {
      status = ended;
      trailers = received;
      done.ended(this);
    }
  }

  private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
    INSTANCE;

    @Override
    public InputStream stream(byte[] message) {
      return new ByteArrayInputStream(message);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
