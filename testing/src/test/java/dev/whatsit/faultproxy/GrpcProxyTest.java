package dev.whatsit.faultproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.StringValue;
import com.google.rpc.Code;
import com.google.rpc.RetryInfo;
import dev.whatsit.faultproxy.Fault.Kind;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.okhttp.OkHttpChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests that the proxy injects exactly the chosen fault; otherwise every test behind it would prove
 * nothing.
 */
class GrpcProxyTest {
  private static final StringValue HELLO = StringValue.of("hello");
  private static final String ONCE = "Echo/Once";

  private EchoService service;
  private GrpcProxy proxy;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    service = new EchoService();
    proxy = GrpcProxy.to(service.hostPort());
    // Otherwise the transport may retry a call that a lost connection had already transmitted.
    channel =
        OkHttpChannelBuilder.forTarget(proxy.hostPort()).usePlaintext().disableRetry().build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    proxy.close();
    service.close();
  }

  @Test
  void unary_passes_withMetadataBothWaysAndIsRecorded() {
    Metadata sent = new Metadata();
    sent.put(EchoService.PREFIX, "projects/p/databases/(default)");
    AtomicReference<Metadata> headers = new AtomicReference<>();
    AtomicReference<Metadata> trailers = new AtomicReference<>();

    StringValue response =
        ClientCalls.blockingUnaryCall(
            ClientInterceptors.intercept(
                channel,
                MetadataUtils.newAttachHeadersInterceptor(sent),
                MetadataUtils.newCaptureMetadataInterceptor(headers, trailers)),
            EchoService.ONCE,
            CallOptions.DEFAULT,
            HELLO);

    assertThat(response).isEqualTo(HELLO);
    assertThat(service.prefix()).isEqualTo("projects/p/databases/(default)");
    assertThat(headers.get())
        .extracting(received -> received.get(EchoService.PREFIX))
        .isEqualTo("answered");
    assertThat(proxy.calls())
        .singleElement()
        .satisfies(
            call -> {
              assertThat(call.method()).isEqualTo(ONCE);
              assertThat(StringValue.parseFrom(call.request())).isEqualTo(HELLO);
            });
    assertThat(proxy.takeCalls()).containsExactly(ONCE);
    assertThat(proxy.calls()).isEmpty();
  }

  @Test
  void serverStream_passes_everyMessage() {
    assertThat(
            ImmutableList.copyOf(
                ClientCalls.blockingServerStreamingCall(
                    channel, EchoService.THRICE, CallOptions.DEFAULT, HELLO)))
        .containsExactly(HELLO, HELLO, HELLO);
  }

  @Test
  void bidirectionalStream_passes_eachResponseBeforeTheNextRequest() throws Exception {
    BlockingQueue<StringValue> responses = new LinkedBlockingQueue<>();
    StreamObserver<StringValue> requests =
        ClientCalls.asyncBidiStreamingCall(
            channel.newCall(EchoService.EACH, CallOptions.DEFAULT), new Adding(responses));

    List<StringValue> answered = new ArrayList<>();
    for (StringValue request : List.of(HELLO, StringValue.of("again"))) {
      requests.onNext(request);
      answered.add(responses.poll(1, TimeUnit.MINUTES));
    }
    requests.onCompleted();

    assertThat(answered).containsExactly(HELLO, StringValue.of("again"));
    assertThat(proxy.takeCalls()).containsExactly("Echo/Each");
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        arguments(Fault.refuse(Code.ABORTED), Status.Code.ABORTED, 0),
        arguments(Fault.loseResponse(Code.INTERNAL), Status.Code.INTERNAL, 1),
        arguments(Fault.of(Kind.HANG_BEFORE), Status.Code.DEADLINE_EXCEEDED, 0),
        arguments(Fault.of(Kind.HANG_AFTER), Status.Code.DEADLINE_EXCEEDED, 1),
        arguments(Fault.of(Kind.DROP_BEFORE), Status.Code.UNAVAILABLE, 0),
        arguments(Fault.of(Kind.DROP_AFTER), Status.Code.UNAVAILABLE, 1));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void unary_fails_withTheStatusAndIsExecutedAsOften(Fault fault, Status.Code code, int executed) {
    proxy.failNext(ONCE, fault);

    assertThatThrownBy(() -> once(fault.kind().name().startsWith("HANG") ? 1 : 60))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class, e -> assertThat(e.getStatus().getCode()).isEqualTo(code));

    assertThat(service.requests()).hasSize(executed);
    assertThat(once(60)).isEqualTo(HELLO);
  }

  @Test
  void refuse_statusWithDetails_reachesTheCaller() {
    com.google.rpc.Status quota =
        com.google.rpc.Status.newBuilder()
            .setCode(Code.RESOURCE_EXHAUSTED.getNumber())
            .setMessage("quota")
            .addDetails(
                Any.pack(
                    RetryInfo.newBuilder()
                        .setRetryDelay(Duration.newBuilder().setSeconds(7))
                        .build()))
            .build();
    proxy.setFaults(call -> Fault.refuse(quota));

    assertThatThrownBy(() -> once(60))
        .satisfies(e -> assertThat(StatusProto.fromThrowable(e)).isEqualTo(quota));
  }

  static Stream<Arguments> answeredFaults() {
    return Stream.of(
        arguments(Fault.delay(java.time.Duration.ofMillis(50)), HELLO, 1),
        arguments(Fault.of(Kind.DUPLICATE), HELLO, 2),
        arguments(Fault.respond(StringValue.of("other")), StringValue.of("other"), 0));
  }

  @ParameterizedTest
  @MethodSource("answeredFaults")
  void unary_isAnswered_andExecutedAsOften(Fault fault, StringValue response, int executed) {
    proxy.failNext(ONCE, fault);

    assertThat(once(60)).isEqualTo(response);
    assertThat(service.requests()).hasSize(executed);
  }

  @Test
  void refuse_untilRestored_callsFailAndAreNotSeen() {
    once(60);
    proxy.connections().refuse();
    awaitConnectionLost();

    assertThatThrownBy(() -> once(1)).hasMessageContaining("DEADLINE_EXCEEDED");
    assertThat(proxy.calls()).hasSize(1);

    proxy.connections().restore();
    // Otherwise it waits before it reconnects.
    channel.resetConnectBackoff();
    assertThat(once(60)).isEqualTo(HELLO);
  }

  @Test
  void stall_untilRestored_callsAreNotAnswered() {
    once(60);
    proxy.connections().stall();
    awaitConnectionLost();

    assertThatThrownBy(() -> once(1)).hasMessageContaining("DEADLINE_EXCEEDED");

    proxy.connections().restore();
    channel.resetConnectBackoff();
    assertThat(once(60)).isEqualTo(HELLO);
  }

  /** A bug: sometimes a thread still used the port when it was to be bound again. */
  @Test
  void refuse_andRestoreAtOnce_findsThePortFree() {
    for (int i = 0; i < 200; i++) {
      proxy.connections().refuse();
      proxy.connections().restore();
    }

    assertThat(once(60)).isEqualTo(HELLO);
  }

  /** A call on a connection that is being closed fails at once, as it should. */
  private void awaitConnectionLost() {
    while (channel.getState(false) == ConnectivityState.READY) {
      Thread.onSpinWait();
    }
  }

  private StringValue once(int seconds) {
    return ClientCalls.blockingUnaryCall(
        channel,
        EchoService.ONCE,
        CallOptions.DEFAULT.withDeadlineAfter(seconds, TimeUnit.SECONDS).withWaitForReady(),
        HELLO);
  }

  private record Adding(BlockingQueue<StringValue> to) implements StreamObserver<StringValue> {
    @Override
    public void onNext(StringValue value) {
      to.add(value);
    }

    @Override
    public void onError(Throwable e) {
      to.add(StringValue.of(e.toString()));
    }

    @Override
    public void onCompleted() {
      // The caller ended it.
    }
  }
}
