package dev.whatsit.faults;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.HandlerRegistry;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.okhttp.OkHttpServerBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * As {@link HttpWire}, between a client that speaks gRPC and its service. It knows no service. For
 * calls with one request. Safe for use by several threads.
 */
final class GrpcWire implements AutoCloseable {
  private final String service;
  private final Calls calls;
  private final Story story;
  private final ManagedChannel target;
  private final Server server;
  private final Relay relay;

  /**
   * A wire to a service.
   *
   * @param service as calls name it
   * @param target {@code host:port} of the service, without encryption
   */
  GrpcWire(String service, String target, Calls calls, Story story) throws IOException {
    this.service = service;
    this.calls = calls;
    this.story = story;
    this.target = ManagedChannelBuilder.forTarget(target).usePlaintext().build();
    this.server =
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                InsecureServerCredentials.create())
            .fallbackHandlerRegistry(new EveryMethod())
            .build()
            .start();
    this.relay = new Relay(server.getPort());
  }

  /** Where clients connect to. */
  Relay relay() {
    return relay;
  }

  @Override
  public void close() {
    relay.close();
    server.shutdownNow();
    target.shutdownNow();
  }

  private final class EveryMethod extends HandlerRegistry {
    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
      MethodDescriptor<byte[], byte[]> method =
          MethodDescriptor.newBuilder(Bytes.INSTANCE, Bytes.INSTANCE)
              // Which is what a call with one answer looks like too.
              .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(name)
              .build();
      return ServerMethodDefinition.create(method, (call, headers) -> new Passing(call, headers));
    }
  }

  /** One call. */
  private final class Passing extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;
    private final Metadata headers;
    private byte[] request = {};

    Passing(ServerCall<byte[], byte[]> call, Metadata headers) {
      this.call = call;
      this.headers = headers;
      call.request(1);
    }

    @Override
    public void onMessage(byte[] message) {
      request = message;
    }

    @Override
    public void onHalfClose() {
      String method = String.valueOf(call.getMethodDescriptor().getBareMethodName());
      Fate fate = calls.next(service, method, HttpWire.imageOf(request));
      switch (fate.kind()) {
        case REFUSED -> answer(List.of(), told(fate), new Metadata());
        case HANGS -> {}
        case DROPPED -> drop();
        default -> passOn(fate);
      }
    }

    private void passOn(Fate fate) {
      ClientCall<byte[], byte[]> onward =
          target.newCall(call.getMethodDescriptor(), CallOptions.DEFAULT);
      onward.start(
          new ClientCall.Listener<>() {
            private final List<byte[]> answers = new ArrayList<>();

            @Override
            public void onMessage(byte[] message) {
              answers.add(message);
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
              settle(fate, answers, status, trailers);
            }
          },
          headers);
      onward.request(Integer.MAX_VALUE);
      onward.sendMessage(request);
      onward.halfClose();
    }

    private void settle(Fate fate, List<byte[]> answers, Status status, Metadata trailers) {
      switch (fate.kind()) {
        case LOST -> answer(List.of(), told(fate), new Metadata());
        case DROPPED_ONCE_DONE -> drop();
        case HANGS_ONCE_DONE -> {}
        case LATE ->
            CompletableFuture.delayedExecutor(fate.delay().toMillis(), TimeUnit.MILLISECONDS)
                .execute(() -> answer(answers, status, trailers));
        default -> answer(answers, status, trailers);
      }
    }

    private void answer(List<byte[]> answers, Status status, Metadata trailers) {
      if (call.isCancelled()) {
        return;
      }
      try {
        if (!answers.isEmpty()) {
          call.sendHeaders(new Metadata());
          answers.forEach(call::sendMessage);
        }
        call.close(status, trailers);
      } catch (IllegalStateException e) {
        // The caller has left meanwhile, which is no failure of the wire.
        story.tell(Call.NO_IMAGE, service + ": left before its answer: " + e);
      }
    }

    private void drop() {
      InetSocketAddress from =
          (InetSocketAddress) call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
      if (from == null) {
        throw new IllegalStateException("a call without a connection");
      }
      relay.cut(from.getPort());
    }
  }

  private static Status told(Fate fate) {
    return Status.fromCodeValue(fate.code().getNumber()).withDescription("told so by the wire");
  }

  private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
    INSTANCE;

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
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
