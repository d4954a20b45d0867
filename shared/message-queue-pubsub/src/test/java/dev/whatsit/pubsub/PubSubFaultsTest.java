package dev.whatsit.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.iam.v1.TestIamPermissionsResponse;
import com.google.pubsub.v1.PublishResponse;
import com.google.rpc.Code;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.faultproxy.Fault;
import dev.whatsit.faultproxy.GrpcProxy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  @ParameterizedTest
  @ValueSource(strings = {"unavailable", "hangs", "stalls", "refuses connections"})
  void publish_serviceIsDown_failsInTime(String service) {
    switch (service) {
      case "unavailable" -> proxy.setFaults(call -> Fault.refuse(Code.UNAVAILABLE));
      case "hangs" -> proxy.setFaults(call -> Fault.of(Fault.Kind.HANG_BEFORE));
      case "stalls" -> proxy.connections().stall();
      default -> proxy.connections().refuse();
    }
    try (PubSubMessageQueue queue = queue(SHORT)) {
      WorkMessage message = Samples.message();
      long begun = System.nanoTime();

      assertThatThrownBy(() -> publish(queue, message))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("cannot publish message " + message.image().hash().hex());

      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(SHORT.plus(SLACK));
    }
  }

  @Test
  void publish_oneAttemptHangs_theNextSucceeds() {
    proxy.failNext(PUBLISH, Fault.of(Fault.Kind.HANG_BEFORE));
    try (PubSubMessageQueue queue = queue(Duration.ofSeconds(6))) {
      WorkMessage message = Samples.message();

      String id = publish(queue, message);

      assertThat(work.await(delivered -> delivered.getMessageId().equals(id)).getAttributesMap())
          .containsAllEntriesOf(message.toMessage().attributes());
    }
  }

  @Test
  void publish_notPermitted_isNotRetriedAndSaysWhatToDo() {
    proxy.setFaults(call -> Fault.refuse(Code.PERMISSION_DENIED));
    try (PubSubMessageQueue queue = queue(PubSubMessageQueue.MAX_CALL)) {
      assertThatThrownBy(() -> publish(queue, Samples.message()))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("PERMISSION_DENIED")
          .hasMessageContaining("roles/pubsub.publisher");
      assertThat(proxy.takeCalls()).containsExactly(PUBLISH);
    }
  }

  @Test
  void publish_responseWithoutId_isNotTakenForASuccess() {
    try (PubSubMessageQueue queue = queue(PubSubMessageQueue.MAX_CALL)) {
      for (PublishResponse response :
          List.of(
              PublishResponse.getDefaultInstance(),
              PublishResponse.newBuilder().addMessageIds("").build(),
              PublishResponse.newBuilder().addMessageIds("1").addMessageIds("2").build())) {
        proxy.setFaults(call -> Fault.respond(response));
        assertThatThrownBy(() -> publish(queue, Samples.message()))
            .isInstanceOf(TransientFailure.class)
            .hasMessageContaining("no message id for each");
      }
    }
  }

  @Test
  void check_asksForThePermissionAndPublishesNothing() {
    try (PubSubMessageQueue queue = queue(PubSubMessageQueue.MAX_CALL)) {
      proxy.setFaults(call -> Fault.respond(TestIamPermissionsResponse.getDefaultInstance()));
      assertThatThrownBy(() -> queue.check(Topic.WORK))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("topics/" + work.id())
          .hasMessageContaining("roles/pubsub.publisher");
      proxy.setFaults(
          call ->
              Fault.respond(
                  TestIamPermissionsResponse.newBuilder()
                      .addPermissions("pubsub.topics.publish")
                      .build()));
      queue.check(Topic.WORK);

      assertThat(proxy.takeCalls())
          .containsExactly("IAMPolicy/TestIamPermissions", "IAMPolicy/TestIamPermissions");
    }
  }

  private static String publish(PubSubMessageQueue queue, WorkMessage message) {
    return queue.publish(Topic.WORK, message.toMessage());
  }

  private PubSubMessageQueue queue(Duration maxCall) {
    return new PubSubMessageQueue(
        Samples.settings(PROJECT, Map.of(Topic.WORK, work.id()), proxy.hostPort()), null, maxCall);
  }
}
