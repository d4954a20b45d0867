package dev.whatsit.pubsub;

import com.google.iam.v1.IAMPolicyGrpc;
import com.google.iam.v1.TestIamPermissionsRequest;
import com.google.iam.v1.TestIamPermissionsResponse;
import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PublishResponse;
import com.google.pubsub.v1.PublisherGrpc;
import io.grpc.Attributes;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * Stands between the client and the emulator, over real gRPC on a port of its own, and misbehaves
 * as it is told for each request.
 */
final class FaultyPubSub implements AutoCloseable {
  /** What is done with one request. */
  sealed interface Fault {
    /** Passed on, and the answer back. */
    record None() implements Fault {}

    /** Passed on, so the message is published, but the caller is told otherwise. */
    record AnswerLost(Status status) implements Fault {}

    /** Refused without being passed on. */
    record Refused(StatusRuntimeException with) implements Fault {}

    /** Never answered. */
    record Hangs() implements Fault {}

    /** Answered with something that the service would not say. */
    record Answered(PublishResponse with) implements Fault {}
  }

  private final IntFunction<Fault> faults;
  private final Server server;
  private final ManagedChannel emulator;
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();
  private final CountDownLatch hanging = new CountDownLatch(1);
  private final Set<String> permitted = ConcurrentHashMap.newKeySet();

  /**
   * Starts it.
   *
   * @param emulator {@code host:port} of what stands behind it
   * @param faults what to do with each request to publish, by its number from 0
   */
  FaultyPubSub(String emulator, IntFunction<Fault> faults) throws IOException {
    this.faults = faults;
    this.emulator = ManagedChannelBuilder.forTarget(emulator).usePlaintext().build();
    this.server =
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                InsecureServerCredentials.create())
            .addService(new Publisher())
            .addService(new AccessControl())
            .addTransportFilter(
                new ServerTransportFilter() {
                  @Override
                  public Attributes transportReady(Attributes attributes) {
                    connections.incrementAndGet();
                    return attributes;
                  }
                })
            .build()
            .start();
  }

  String hostPort() {
    return "127.0.0.1:" + server.getPort();
  }

  /** How many connections it has accepted. */
  int connections() {
    return connections.get();
  }

  /** How many requests to publish it has seen. */
  int requests() {
    return requests.get();
  }

  /** Lets the caller publish to this topic, as access control says. */
  void permit(String topic) {
    permitted.add(topic);
  }

  /** Waits for a request that is never answered. */
  void awaitHanging() throws InterruptedException {
    if (!hanging.await(1, TimeUnit.MINUTES)) {
      throw new AssertionError("no request came");
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
    emulator.shutdownNow();
  }

  private final class Publisher extends PublisherGrpc.PublisherImplBase {
    @Override
    public void publish(PublishRequest request, StreamObserver<PublishResponse> answer) {
      Fault fault = faults.apply(requests.getAndIncrement());
      if (fault instanceof Fault.Refused refused) {
        answer.onError(refused.with());
        return;
      }
      if (fault instanceof Fault.Answered answered) {
        answer.onNext(answered.with());
        answer.onCompleted();
        return;
      }
      if (fault instanceof Fault.Hangs) {
        hanging.countDown();
        return;
      }
      PublishResponse response = PublisherGrpc.newBlockingStub(emulator).publish(request);
      if (fault instanceof Fault.AnswerLost lost) {
        answer.onError(lost.status().asRuntimeException());
        return;
      }
      answer.onNext(response);
      answer.onCompleted();
    }
  }

  private final class AccessControl extends IAMPolicyGrpc.IAMPolicyImplBase {
    @Override
    public void testIamPermissions(
        TestIamPermissionsRequest request, StreamObserver<TestIamPermissionsResponse> answer) {
      List<String> granted =
          permitted.contains(request.getResource()) ? request.getPermissionsList() : List.of();
      answer.onNext(TestIamPermissionsResponse.newBuilder().addAllPermissions(granted).build());
      answer.onCompleted();
    }
  }
}
