package dev.whatsit.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.iam.v1.TestIamPermissionsResponse;
import com.google.protobuf.Any;
import com.google.pubsub.v1.PublishResponse;
import com.google.rpc.Code;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.faultproxy.Fault;
import dev.whatsit.faultproxy.GrpcProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Google's client with faults between it and the emulator. */
class PubSubFaultsTest {
  @RegisterExtension
  static final EmulatorExtension PUB_SUB = EmulatorExtension.of(Emulator.PUB_SUB);

  private static final String PROJECT = "whatsit-faults";
  private static final String PUBLISH = "Publisher/Publish";
  private static final Duration SHORT = Duration.ofMillis(900);

  /** The additional time of a call on a busy machine. */
  private static final Duration SLACK = Duration.ofSeconds(10);

  private EmulatedTopic work;
  private GrpcProxy proxy;

  @BeforeEach
  void open() throws IOException {
    work = new EmulatedTopic(PUB_SUB.hostPort(), PROJECT, Samples.id("work"));
    proxy = GrpcProxy.to(PUB_SUB.hostPort());
  }

  @AfterEach
  void close() {
    proxy.close();
    work.close();
  }

  @Test
  void maxCall_isBelowAnyRequestsDeadline() {
    // An upload calls four ports, within the platform's default of 60 s for a function.
    assertThat(PubSubMessageQueue.MAX_CALL.multipliedBy(4)).isLessThan(Duration.ofSeconds(60));
  }

  @Test
  void open_unused_asksNothing() {
    try (PubSubMessageQueue queue = queue(PubSubMessageQueue.MAX_CALL)) {
      assertThat(proxy.calls()).isEmpty();

      publish(queue, Samples.message());
      publish(queue, Samples.message());

      assertThat(proxy.takeCalls()).containsExactly(PUBLISH, PUBLISH);
    }
  }

  static Stream<Fault> lostResponses() {
    return Stream.of(
        Fault.loseResponse(Code.UNAVAILABLE),
        Fault.loseResponse(Code.INTERNAL),
        Fault.loseResponse(Code.UNKNOWN),
        Fault.loseResponse(Code.DEADLINE_EXCEEDED),
        Fault.loseResponse(Code.ABORTED),
        Fault.of(Fault.Kind.DROP_AFTER));
  }

  @ParameterizedTest
  @MethodSource("lostResponses")
  void publish_responseLost_isPublishedAgainAndDelivered(Fault lost) {
    proxy.failNext(PUBLISH, lost);
    try (PubSubMessageQueue queue = queue(PubSubMessageQueue.MAX_CALL)) {
      WorkMessage message = Samples.message();

      String id = publish(queue, message);

      assertThat(proxy.takeCalls()).containsExactly(PUBLISH, PUBLISH);
      assertThat(work.take(2))
          .hasSize(2)
          .anyMatch(delivered -> delivered.getMessageId().equals(id))
          .allSatisfy(
              delivered ->
                  assertThat(WorkMessage.fromAttributes(delivered.getAttributesMap()))
                      .isEqualTo(message));
    }
  }

  @Test
  void check_connectionLostDuringTheCall_asksAgain() {
    proxy.failNext("IAMPolicy/TestIamPermissions", Fault.of(Fault.Kind.DROP_BEFORE));
    try (PubSubMessageQueue queue = queue(PubSubMessageQueue.MAX_CALL)) {
      queue.check(Topic.WORK);

      assertThat(proxy.takeCalls()).hasSizeGreaterThan(2);
    }
  }

  @Test
  void publish_alwaysUnavailable_failsInTime() {
    proxy.setFaults(call -> Fault.refuse(Code.UNAVAILABLE));

    assertFailsInTime(proxy.hostPort(), "UNAVAILABLE");

    assertThat(proxy.takeCalls()).hasSizeGreaterThan(1);
  }

  @Test
  void publish_noResponse_failsInTime() {
    proxy.setFaults(call -> Fault.of(Fault.Kind.HANG_BEFORE));

    assertFailsInTime(proxy.hostPort(), "no response within|DEADLINE_EXCEEDED");

    assertThat(proxy.takeCalls()).hasSizeGreaterThan(1);
  }

  @Test
  void publish_oneAttemptHangs_theNextSucceeds() {
    proxy.failNext(PUBLISH, Fault.of(Fault.Kind.HANG_BEFORE));
    try (PubSubMessageQueue queue = queue(Duration.ofSeconds(6))) {
      WorkMessage message = Samples.message();

      String id = publish(queue, message);

      assertThat(WorkMessage.fromAttributes(awaited(id))).isEqualTo(message);
    }
  }

  @Test
  void publish_nobodyListens_failsInTime() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    assertFailsInTime("127.0.0.1:" + port, "UNAVAILABLE");
  }

  @Test
  void publish_connectionAcceptedAndNothingSaid_failsInTime() {
    proxy.connections().stall();

    assertFailsInTime(proxy.hostPort(), "no response within|DEADLINE_EXCEEDED|UNAVAILABLE");
  }

  @Test
  void publish_serviceWasAway_succeedsAsSoonAsItIsBack() {
    try (PubSubMessageQueue queue = queue(Duration.ofSeconds(3))) {
      publish(queue, Samples.message());
      proxy.connections().refuse();
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> publish(queue, Samples.message()))
            .isInstanceOf(TransientFailure.class);
      }

      proxy.connections().restore();

      WorkMessage message = Samples.message();
      assertThat(WorkMessage.fromAttributes(awaited(publish(queue, message)))).isEqualTo(message);
    }
  }

  @Test
  void publish_notPermitted_isNotRetriedAndSaysWhatToDo() {
    proxy.setFaults(call -> Fault.refuse(Code.PERMISSION_DENIED));
    try (PubSubMessageQueue queue = queue(SHORT)) {
      assertThatThrownBy(() -> publish(queue, Samples.message()))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("PERMISSION_DENIED")
          .hasMessageContaining("roles/pubsub.publisher");
      assertThat(proxy.takeCalls()).containsExactly(PUBLISH);
    }
  }

  @Test
  void publish_overQuota_saysWhenToComeBack() {
    RetryInfo info =
        RetryInfo.newBuilder()
            .setRetryDelay(com.google.protobuf.Duration.newBuilder().setSeconds(7))
            .build();
    assertRetryAfter(
        Fault.refuse(
            Status.newBuilder()
                .setCode(Code.RESOURCE_EXHAUSTED_VALUE)
                .setMessage("quota")
                .addDetails(Any.pack(info))
                .build()),
        Duration.ofSeconds(7));
    assertRetryAfter(Fault.refuse(Code.RESOURCE_EXHAUSTED), Duration.ofSeconds(10));
  }

  private void assertRetryAfter(Fault fault, Duration expected) {
    proxy.setFaults(call -> fault);
    try (PubSubMessageQueue queue = queue(SHORT)) {
      assertThatThrownBy(() -> publish(queue, Samples.message()))
          .isInstanceOfSatisfying(
              TransientFailure.class,
              failure -> {
                assertThat(failure.retryAfter()).contains(expected);
                assertThat(failure).hasMessageContaining("RESOURCE_EXHAUSTED");
              });
    }
  }

  @Test
  void publish_responseWithoutId_isNotTakenForASuccess() {
    for (PublishResponse response :
        List.of(
            PublishResponse.getDefaultInstance(),
            PublishResponse.newBuilder().addMessageIds("").build(),
            PublishResponse.newBuilder().addMessageIds("1").addMessageIds("2").build())) {
      proxy.setFaults(call -> Fault.respond(response));
      try (PubSubMessageQueue queue = queue(SHORT)) {
        assertThatThrownBy(() -> publish(queue, Samples.message()))
            .isInstanceOf(TransientFailure.class)
            .hasMessageContaining("no message id for each");
      }
    }
  }

  @Test
  void publish_refusedBefore_succeedsWithTheSameConnection() {
    AtomicInteger calls = new AtomicInteger();
    proxy.setFaults(
        call -> calls.getAndIncrement() < 2 ? Fault.refuse(Code.PERMISSION_DENIED) : Fault.NONE);
    try (PubSubMessageQueue queue = queue(Duration.ofSeconds(6))) {
      WorkMessage message = Samples.message();
      assertThatThrownBy(() -> publish(queue, message)).isInstanceOf(TransientFailure.class);
      assertThatThrownBy(() -> publish(queue, message)).isInstanceOf(TransientFailure.class);

      assertThat(WorkMessage.fromAttributes(awaited(publish(queue, message)))).isEqualTo(message);
    }
  }

  @Test
  void publish_faultsAtRandom_whatReturnedIsDelivered() {
    long seed = Long.getLong("whatsit.seed", 20_261_121);
    Random random = new Random(seed);
    List<Fault> faults = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      faults.add(
          switch (random.nextInt(10)) {
            case 0 -> Fault.refuse(Code.UNAVAILABLE);
            case 1 -> Fault.refuse(Code.INTERNAL);
            case 2 -> Fault.refuse(Code.RESOURCE_EXHAUSTED);
            case 3 -> Fault.refuse(Code.PERMISSION_DENIED);
            case 4, 5 -> Fault.of(Fault.Kind.DROP_AFTER);
            default -> Fault.NONE;
          });
    }
    AtomicInteger calls = new AtomicInteger();
    proxy.setFaults(call -> faults.get(calls.getAndIncrement() % faults.size()));
    Set<String> promised = new HashSet<>();
    int failed = 0;
    try (PubSubMessageQueue queue = queue(PubSubMessageQueue.MAX_CALL)) {
      for (int i = 0; i < 30; i++) {
        try {
          promised.add(publish(queue, Samples.message()));
        } catch (TransientFailure e) {
          failed++;
        }
      }
    }

    assertThat(promised).as("seed %d", seed).isNotEmpty();
    assertThat(failed).as("seed %d", seed).isPositive();
    Set<String> delivered = new HashSet<>();
    while (!delivered.containsAll(promised)) {
      var taken = work.take(1);
      assertThat(taken).as("seed %d: of %s only %s", seed, promised, delivered).isNotEmpty();
      taken.forEach(message -> delivered.add(message.getMessageId()));
    }
  }

  @Test
  void close_duringACall_endsItAndReturns() throws Exception {
    CountDownLatch hanging = new CountDownLatch(1);
    proxy.setFaults(
        call -> {
          hanging.countDown();
          return Fault.of(Fault.Kind.HANG_BEFORE);
        });
    PubSubMessageQueue queue = queue(Duration.ofMinutes(3));
    CompletableFuture<String> publishing =
        CompletableFuture.supplyAsync(() -> publish(queue, Samples.message()));
    assertThat(hanging.await(1, TimeUnit.MINUTES)).isTrue();

    queue.close();

    assertThatThrownBy(() -> publishing.get(1, TimeUnit.MINUTES))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(TransientFailure.class);
  }

  @Test
  void check_notPermitted_isRefused() {
    proxy.setFaults(call -> Fault.respond(TestIamPermissionsResponse.getDefaultInstance()));
    try (PubSubMessageQueue queue = queue(SHORT)) {
      assertThatThrownBy(() -> queue.check(Topic.WORK))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("topics/" + work.id())
          .hasMessageContaining("roles/pubsub.publisher");
    }
  }

  @Test
  void check_permitted_passesAndPublishesNothing() {
    proxy.setFaults(
        call ->
            Fault.respond(
                TestIamPermissionsResponse.newBuilder()
                    .addPermissions("pubsub.topics.publish")
                    .build()));
    try (PubSubMessageQueue queue = queue(SHORT)) {
      assertThatCode(() -> queue.check(Topic.WORK)).doesNotThrowAnyException();

      assertThat(proxy.takeCalls()).containsExactly("IAMPolicy/TestIamPermissions");
    }
  }

  private void assertFailsInTime(String hostPort, String codes) {
    try (PubSubMessageQueue queue = queue(hostPort, SHORT)) {
      WorkMessage message = Samples.message();
      long begun = System.nanoTime();

      assertThatThrownBy(() -> publish(queue, message))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("cannot publish message " + message.image().hash().hex())
          .hasMessageMatching("(?s).*(" + codes + ").*");

      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(SHORT.plus(SLACK));
    }
  }

  private static String publish(PubSubMessageQueue queue, WorkMessage message) {
    return queue.publish(Topic.WORK, message.toMessage());
  }

  private Map<String, String> awaited(String id) {
    return work.await(message -> message.getMessageId().equals(id)).getAttributesMap();
  }

  private PubSubMessageQueue queue(Duration maxCall) {
    return queue(proxy.hostPort(), maxCall);
  }

  private PubSubMessageQueue queue(String hostPort, Duration maxCall) {
    return new PubSubMessageQueue(
        Samples.settings(PROJECT, Map.of(Topic.WORK, work.id()), hostPort), null, maxCall);
  }
}
