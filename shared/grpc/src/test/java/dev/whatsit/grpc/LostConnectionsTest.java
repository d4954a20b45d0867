package dev.whatsit.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LostConnectionsTest {
  @Test
  void call_channelClosedUnderIt_isUnavailableWithTheCause() {
    ClosedChannelException cause = new ClosedChannelException();

    Status seen = seenOf(Status.UNKNOWN.withDescription("channel closed").withCause(cause));

    assertThat(seen.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(seen.getDescription()).isEqualTo("channel closed");
    assertThat(seen.getCause()).isSameAs(cause);
  }

  @Test
  void call_unknownOfTheService_staysUnknown() {
    assertThat(seenOf(Status.UNKNOWN.withDescription("of the service")).getCode())
        .isEqualTo(Status.Code.UNKNOWN);
  }

  @Test
  void call_bugOnThisSide_staysUnknown() {
    assertThat(seenOf(Status.UNKNOWN.withCause(new IllegalStateException())).getCode())
        .isEqualTo(Status.Code.UNKNOWN);
  }

  @Test
  void call_answered_staysOk() {
    assertThat(seenOf(Status.OK).isOk()).isTrue();
  }

  /** What a caller is told of a call that ends so. */
  private static Status seenOf(Status end) {
    Status[] seen = new Status[1];
    new LostConnections()
        .interceptCall(method(), CallOptions.DEFAULT, new EndingChannel(end))
        .start(
            new ClientCall.Listener<>() {
              @Override
              public void onClose(Status status, Metadata trailers) {
                seen[0] = status;
              }
            },
            new Metadata());
    return seen[0];
  }

  private static MethodDescriptor<String, String> method() {
    MethodDescriptor.Marshaller<String> none =
        new MethodDescriptor.Marshaller<>() {
          @Override
          public InputStream stream(String value) {
            return new ByteArrayInputStream(new byte[0]);
          }

          @Override
          public String parse(InputStream stream) {
            return "";
          }
        };
    return MethodDescriptor.<String, String>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName("service/method")
        .setRequestMarshaller(none)
        .setResponseMarshaller(none)
        .build();
  }

  /** Ends every call at once. */
  private static final class EndingChannel extends Channel {
    private final Status end;

    EndingChannel(Status end) {
      this.end = end;
    }

    @Override
    public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
      return new ClientCall<>() {
        @Override
        public void start(Listener<A> listener, Metadata headers) {
          listener.onClose(end, new Metadata());
        }

        @Override
        public void request(int count) {}

        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {}

        @Override
        public void halfClose() {}

        @Override
        public void sendMessage(Q message) {}
      };
    }

    @Override
    public String authority() {
      return "";
    }
  }
}
