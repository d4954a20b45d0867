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
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A gRPC proxy on a free port of the loopback interface, without encryption. It forwards every
 * method with one request message (unary or server streaming) of every service, with metadata,
 * records each call and injects the fault that a test chooses for it. The caller gets a response
 * when the service has completed it. Thread-safe.
 */
public final class GrpcProxy implements AutoCloseable {
  /** Above what Firestore and Pub/Sub accept in one request (10 MiB). */
  private static final int MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

  private static final Metadata.Key<String> TIMEOUT =
      Metadata.Key.of("grpc-timeout", Metadata.ASCII_STRING_MARSHALLER);

  /** Not shut down: both ends still use it while they close, and idle threads end by themselves. */
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "grpc-proxy");
            thread.setDaemon(true);
            return thread;
          });

  private final List<Call> calls = new ArrayList<>();
  private final ManagedChannel upstream;
  private final Server server;
  private final TcpProxy connections;
  private volatile Function<Call, Fault> faults = call -> Fault.NONE;

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

  /**
   * Chooses the fault of each call that arrives from now on, {@link Fault#NONE} to pass it. The
   * function is called concurrently, once per call, and must not block.
   */
  public void setFaults(Function<Call, Fault> next) {
    faults = next;
  }

  /** Gives the next call of the method this fault; all others pass. */
  public void failNext(String method, Fault fault) {
    AtomicBoolean done = new AtomicBoolean();
    faults =
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
            // The message, and the end of the request.
            call.request(2);
            return new Inbound(call, headers);
          });
    }
  }

  /** The caller's side of a call. gRPC calls one method at a time. */
  private final class Inbound extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;
    private final Metadata headers;
    private byte[] request = new byte[0];

    Inbound(ServerCall<byte[], byte[]> call, Metadata headers) {
      this.call = call;
      this.headers = headers;
      // The service must complete a call even if its caller times out.
      headers.discardAll(TIMEOUT);
    }

    @Override
    public void onMessage(byte[] message) {
      request = message;
    }

    @Override
    public void onHalfClose() {
      Fault fault = faultOfThisCall();
      switch (fault.kind()) {
        case NONE -> forward(this::respond);
        case REFUSE -> refuse(fault);
        case LOSE_RESPONSE -> forward(response -> refuse(fault));
        case DROP_BEFORE -> drop();
        case DROP_AFTER -> forward(response -> drop());
        case HANG_BEFORE -> {
          // No response ever comes.
        }
        case HANG_AFTER -> forward(response -> {});
        case DELAY -> forward(response -> respondLater(response, fault));
        case DUPLICATE -> forward(first -> forward(this::respond));
        case RESPOND -> {
          call.sendHeaders(new Metadata());
          call.sendMessage(fault.response().toByteArray());
          call.close(Status.OK, new Metadata());
        }
      }
    }

    private Fault faultOfThisCall() {
      String fullName = call.getMethodDescriptor().getFullMethodName();
      String name = fullName.substring(fullName.lastIndexOf('.') + 1);
      Call arrived = new Call(name, ByteString.copyFrom(request));
      synchronized (calls) {
        calls.add(arrived);
      }
      return faults.apply(arrived);
    }

    private void forward(Consumer<Response> done) {
      Metadata copy = new Metadata();
      copy.merge(headers);
      // A call made in the caller's context would be cancelled with it.
      Context before = Context.ROOT.attach();
      try {
        ClientCall<byte[], byte[]> outbound =
            upstream.newCall(
                method(call.getMethodDescriptor().getFullMethodName()), CallOptions.DEFAULT);
        outbound.start(new Response(outbound, done), copy);
        outbound.request(1);
        outbound.sendMessage(request);
        outbound.halfClose();
      } finally {
        Context.ROOT.detach(before);
      }
    }

    private void respond(Response response) {
      if (response.headers != null) {
        call.sendHeaders(response.headers);
      }
      response.messages.forEach(call::sendMessage);
      call.close(response.status, response.trailers);
    }

    private void respondLater(Response response, Fault fault) {
      CompletableFuture.delayedExecutor(fault.delay().toNanos(), TimeUnit.NANOSECONDS, threads)
          .execute(() -> respond(response));
    }

    private void refuse(Fault fault) {
      StatusRuntimeException failure = StatusProto.toStatusRuntimeException(fault.status());
      call.close(
          failure.getStatus(), Objects.requireNonNullElseGet(failure.getTrailers(), Metadata::new));
    }

    private void drop() {
      InetSocketAddress caller =
          (InetSocketAddress) call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
      connections.drop(Objects.requireNonNull(caller).getPort());
    }
  }

  /** Collects the service's response until its end. */
  private static final class Response extends ClientCall.Listener<byte[]> {
    private final ClientCall<byte[], byte[]> from;
    private final Consumer<Response> done;
    private final List<byte[]> messages = new ArrayList<>();
    private @Nullable Metadata headers;
    private Status status = Status.UNKNOWN;
    private Metadata trailers = new Metadata();

    Response(ClientCall<byte[], byte[]> from, Consumer<Response> done) {
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
      done.accept(this);
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
