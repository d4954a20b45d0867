package dev.whatsit.firestore;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The way between the real client and the emulator: counts what goes over it, and fails. */
final class Wire implements ClientInterceptor {
  /** What becomes of one remote call. */
  sealed interface Fate {
    /** It never leaves. */
    record Refused(Status status) implements Fate {}

    /** The server does the work and its answer is lost. */
    record Lost(Status status) implements Fate {}

    /** Nothing happens to it. */
    record Passed() implements Fate {}
  }

  private static final String COMMIT = "Commit";

  private final List<String> calls = new ArrayList<>();
  private Function<String, Fate> fates = method -> new Fate.Passed();

  /** The methods that were called since the last time, those included that never left. */
  synchronized List<String> calls() {
    List<String> made = List.copyOf(calls);
    calls.clear();
    return made;
  }

  synchronized void decideBy(Function<String, Fate> fates) {
    this.fates = fates;
  }

  /** Loses the answer to the next write and nothing after it. */
  void loseNextAnswer(Status status) {
    boolean[] done = {false};
    decideBy(
        method -> {
          if (done[0] || !method.equals(COMMIT)) {
            return new Fate.Passed();
          }
          done[0] = true;
          return new Fate.Lost(status);
        });
  }

  private synchronized Fate next(String method) {
    calls.add(method);
    return fates.apply(method);
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel channel) {
    Fate fate = next(String.valueOf(method.getBareMethodName()));
    if (fate instanceof Fate.Refused refused) {
      return new RefusedCall<>(refused.status());
    }
    ClientCall<Q, A> call = channel.newCall(method, options);
    return fate instanceof Fate.Lost lost ? new LosingCall<>(call, lost.status()) : call;
  }

  private static final class LosingCall<Q, A> extends SimpleForwardingClientCall<Q, A> {
    private final Status status;

    LosingCall(ClientCall<Q, A> call, Status status) {
      super(call);
      this.status = status;
    }

    @Override
    public void start(Listener<A> listener, Metadata headers) {
      super.start(
          new SimpleForwardingClientCallListener<>(listener) {
            @Override
            public void onMessage(A message) {
              // This is what gets lost.
            }

            @Override
            public void onClose(Status closed, Metadata trailers) {
              super.onClose(closed.isOk() ? status : closed, trailers);
            }
          },
          headers);
    }
  }

  private static final class RefusedCall<Q, A> extends ClientCall<Q, A> {
    private final Status status;

    RefusedCall(Status status) {
      this.status = status;
    }

    @Override
    public void start(Listener<A> listener, Metadata headers) {
      listener.onClose(status, new Metadata());
    }

    @Override
    public void request(int messages) {}

    @Override
    public void cancel(@Nullable String message, @Nullable Throwable cause) {}

    @Override
    public void halfClose() {}

    @Override
    public void sendMessage(Q message) {}
  }
}
