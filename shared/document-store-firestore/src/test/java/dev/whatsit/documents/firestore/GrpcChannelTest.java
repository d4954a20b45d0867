package dev.whatsit.documents.firestore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.api.gax.grpc.GrpcTransportChannel;
import com.google.cloud.firestore.FirestoreOptions;
import com.google.firestore.v1.CommitRequest;
import com.google.firestore.v1.CommitResponse;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.faultproxy.Fault;
import dev.whatsit.faultproxy.GrpcProxy;
import dev.whatsit.grpc.GrpcChannel;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The channel by itself, without the retries of a client. */
class GrpcChannelTest {
  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final MethodDescriptor<CommitRequest, CommitResponse> COMMIT =
      MethodDescriptor.newBuilder(
              ProtoUtils.marshaller(CommitRequest.getDefaultInstance()),
              ProtoUtils.marshaller(CommitResponse.getDefaultInstance()))
          .setFullMethodName("google.firestore.v1.Firestore/Commit")
          .setType(MethodDescriptor.MethodType.UNARY)
          .build();

  private Emulated emulated;
  private GrpcProxy proxy;
  private GrpcTransportChannel channel;

  @BeforeEach
  void open() throws Exception {
    emulated = Emulated.fresh(FIRESTORE.hostPort());
    proxy = GrpcProxy.to(FIRESTORE.hostPort());
    channel =
        (GrpcTransportChannel)
            new GrpcChannel(proxy.hostPort(), Duration.ofSeconds(5))
                .provider(FirestoreOptions.getDefaultTransportChannelProviderBuilder())
                .withHeaders(Map.of())
                .getTransportChannel();
  }

  @AfterEach
  void close() {
    channel.shutdownNow();
    proxy.close();
    emulated.close();
  }

  @Test
  void call_connectionLostAfterItWasExecuted_isNotSentAgain() {
    proxy.failNext("Firestore/Commit", Fault.of(Fault.Kind.DROP_AFTER));

    assertThatThrownBy(this::commit).hasMessageContaining("UNAVAILABLE");

    assertThat(proxy.takeCalls()).containsExactly("Firestore/Commit");
  }

  @Test
  void call_withoutADeadline_endsAfterTheLongestTime() {
    proxy.failNext("Firestore/Commit", Fault.of(Fault.Kind.HANG_BEFORE));
    long start = System.nanoTime();

    assertThatThrownBy(this::commit).hasMessageContaining("DEADLINE_EXCEEDED");

    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofSeconds(4), Duration.ofSeconds(15));
  }

  private CommitResponse commit() {
    return ClientCalls.blockingUnaryCall(
        channel.getChannel(),
        COMMIT,
        CallOptions.DEFAULT,
        CommitRequest.newBuilder().setDatabase("projects/p/databases/(default)").build());
  }
}
