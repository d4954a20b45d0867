package dev.whatsit.faultproxy;

import com.google.protobuf.StringValue;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A service that returns the request: once, three times, or each of many. */
final class EchoService implements AutoCloseable {
  static final MethodDescriptor<StringValue, StringValue> ONCE = method("Once", MethodType.UNARY);
  static final MethodDescriptor<StringValue, StringValue> THRICE =
      method("Thrice", MethodType.SERVER_STREAMING);
  static final MethodDescriptor<StringValue, StringValue> EACH =
      method("Each", MethodType.BIDI_STREAMING);
  static final Metadata.Key<String> PREFIX =
      Metadata.Key.of("google-cloud-resource-prefix", Metadata.ASCII_STRING_MARSHALLER);

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final AtomicReference<@Nullable String> prefix = new AtomicReference<>();
  private final Server server;

  EchoService() throws IOException {
    Metadata answered = new Metadata();
    answered.put(PREFIX, "answered");
    server =
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                InsecureServerCredentials.create())
            .addService(
                ServerInterceptors.intercept(
                    ServerServiceDefinition.builder("test.v1.Echo")
                        .addMethod(ONCE, ServerCalls.asyncUnaryCall((in, out) -> echo(in, out, 1)))
                        .addMethod(
                            THRICE,
                            ServerCalls.asyncServerStreamingCall((in, out) -> echo(in, out, 3)))
                        .addMethod(EACH, ServerCalls.asyncBidiStreamingCall(EchoService::each))
                        .build(),
                    MetadataUtils.newAttachMetadataServerInterceptor(answered),
                    new KeepPrefix()))
            .build()
            .start();
  }

  String hostPort() {
    return "127.0.0.1:" + server.getPort();
  }

  /** The requests of the first two methods that were executed. */
  List<String> requests() {
    return requests;
  }

  /** The header of the last call. */
  @Nullable String prefix() {
    return prefix.get();
  }

  private void echo(StringValue request, StreamObserver<StringValue> responses, int times) {
    requests.add(request.getValue());
    for (int i = 0; i < times; i++) {
      responses.onNext(request);
    }
    responses.onCompleted();
  }

  private static StreamObserver<StringValue> each(StreamObserver<StringValue> responses) {
    return responses;
  }

  private static MethodDescriptor<StringValue, StringValue> method(String name, MethodType type) {
    return MethodDescriptor.newBuilder(
            ProtoUtils.marshaller(StringValue.getDefaultInstance()),
            ProtoUtils.marshaller(StringValue.getDefaultInstance()))
        .setFullMethodName(MethodDescriptor.generateFullMethodName("test.v1.Echo", name))
        .setType(type)
        .build();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private final class KeepPrefix implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      prefix.set(headers.get(PREFIX));
      return next.startCall(call, headers);
    }
  }
}
