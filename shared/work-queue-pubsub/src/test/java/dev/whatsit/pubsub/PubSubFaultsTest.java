package dev.whatsit.pubsub;

import static dev.whatsit.pubsub.Samples.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.pubsub.FaultyPubSub.Fault;
import dev.whatsit.rest.JsonWire;
import dev.whatsit.rest.Refusal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The real client, and a service that misbehaves in front of the emulator. */
class PubSubFaultsTest {
  @RegisterExtension
  static final EmulatorExtension PUB_SUB = EmulatorExtension.of(Emulator.PUB_SUB);

  private static final String PROJECT = "whatsit-faults";
  private static final Duration SHORT = Duration.ofMillis(900);

  /** What a busy machine may add to the longest time of a call. */
  private static final Duration SLACK = Duration.ofSeconds(10);

  private EmulatedTopic work;

  @BeforeEach
  void open() throws IOException {
    work = new EmulatedTopic(PUB_SUB.hostPort(), PROJECT, Samples.id("work"));
  }

  @AfterEach
  void close() {
    work.close();
  }

  @Test
  void longestCall_isBelowAnyRequestsDeadline() {
    // Four ports in an upload, within the platform's default of 60 s for a function.
    assertThat(PublisherConnection.LONGEST_CALL.multipliedBy(4)).isLessThan(Duration.ofSeconds(60));
  }

  @Test
  void open_unused_asksNothing() throws IOException {
    try (FaultyPubSub service = faulty(number -> new Fault.None());
        PubSubWorkQueue queue = queue(service.hostPort(), PublisherConnection.LONGEST_CALL)) {
      assertThat(service.requests()).isZero();

      queue.publish(Samples.message());
      queue.publish(Samples.message());

      assertThat(service.requests()).isEqualTo(2);
    }
  }

  static Stream<Fault> lostAnswers() {
    return Stream.of(
        new Fault.AnswerLost(Fault.Refused.of(503, "UNAVAILABLE")),
        new Fault.AnswerLost(Fault.Refused.of(500, "INTERNAL")),
        new Fault.AnswerLost(Fault.Refused.of(500, "UNKNOWN")),
        new Fault.AnswerLost(Fault.Refused.of(504, "DEADLINE_EXCEEDED")),
        new Fault.AnswerLost(new Fault.Refused(502, "<html>bad gateway</html>")),
        new Fault.Dropped());
  }

  @ParameterizedTest
  @MethodSource("lostAnswers")
  void publish_answerLost_isPublishedAgainAndDelivered(Fault lost) throws IOException {
    try (FaultyPubSub service = faulty(number -> number == 0 ? lost : new Fault.None());
        PubSubWorkQueue queue = queue(service.hostPort(), PublisherConnection.LONGEST_CALL)) {
      WorkMessage message = Samples.message();

      String id = queue.publish(message);

      assertThat(service.requests()).isEqualTo(2);
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
  void checkReachable_connectionLostInTheMomentOfTheCall_asksAgain() {
    AtomicInteger calls = new AtomicInteger();
    JsonWire wire = PublisherConnection.wire(PUB_SUB.hostPort());
    PublisherConnection connection =
        new PublisherConnection(
            PublisherConnection.LONGEST_CALL,
            (attempt, path, body) -> {
              if (calls.getAndIncrement() == 0) {
                throw new SocketException("Connection reset");
              }
              return wire.send(attempt, path, body);
            });
    PubSubSettings settings =
        Samples.settings(PROJECT, work.id(), "dead-letters", PUB_SUB.hostPort());
    PubSubSettings onlyWork =
        new PubSubSettings(settings.workTopic(), settings.workTopic(), settings.emulator());
    try (PubSubWorkQueue queue =
        PubSubWorkQueue.over(connection, onlyWork, InstantSource.system())) {
      queue.checkReachable();
    }

    assertThat(calls.get()).isGreaterThan(1);
  }

  @Test
  void publish_unavailableForEver_failsInTime() throws IOException {
    try (FaultyPubSub service = faulty(number -> Fault.Refused.of(503, "UNAVAILABLE"))) {
      assertFailsInTime(service.hostPort(), "UNAVAILABLE");
      assertThat(service.requests()).isGreaterThan(1);
    }
  }

  @Test
  void publish_neverAnswered_failsInTime() throws IOException {
    try (FaultyPubSub service = faulty(number -> new Fault.Hangs())) {
      assertFailsInTime(service.hostPort(), "no answer within");
      assertThat(service.requests()).as("tries").isGreaterThan(1);
    }
  }

  @Test
  void publish_oneAttemptHangs_theNextSucceeds() throws IOException {
    try (FaultyPubSub service =
            faulty(number -> number == 0 ? new Fault.Hangs() : new Fault.None());
        PubSubWorkQueue queue = queue(service.hostPort(), Duration.ofSeconds(6))) {
      WorkMessage message = Samples.message();

      String id = queue.publish(message);

      assertThat(WorkMessage.fromAttributes(awaited(id))).isEqualTo(message);
    }
  }

  @Test
  void publish_nobodyListens_failsInTime() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    assertFailsInTime("127.0.0.1:" + port, "refused");
  }

  @Test
  void publish_acceptsConnectionsAndSaysNothing_failsInTime() throws IOException {
    try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      assertFailsInTime("127.0.0.1:" + mute.getLocalPort(), "no answer within");
    }
  }

  @Test
  void publish_notPermitted_isNotTriedAgainAndSaysWhatToDo() throws IOException {
    try (FaultyPubSub service = faulty(number -> Fault.Refused.of(403, "PERMISSION_DENIED"));
        PubSubWorkQueue queue = queue(service.hostPort(), SHORT)) {
      assertThatThrownBy(() -> queue.publish(Samples.message()))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("PERMISSION_DENIED")
          .hasMessageContaining("roles/pubsub.publisher");
      assertThat(service.requests()).isEqualTo(1);
    }
  }

  @Test
  void publish_overQuota_saysWhenToComeBack() throws IOException {
    Fault inSevenSeconds =
        new Fault.Refused(
            429,
            """
            {"error": {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED", "details": [
              {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}]}}
            """);
    assertRetryAfter(inSevenSeconds, Duration.ofSeconds(7));
    assertRetryAfter(Fault.Refused.of(429, "RESOURCE_EXHAUSTED"), Duration.ofSeconds(10));
  }

  @Test
  void publish_answerWithoutId_isNotTakenForASuccess() throws IOException {
    for (String answer : List.of("{}", "{\"messageIds\": [\"\"]}", "[]", "not JSON")) {
      try (FaultyPubSub service = faulty(number -> new Fault.Answered(answer));
          PubSubWorkQueue queue = queue(service.hostPort(), SHORT)) {
        assertThatThrownBy(() -> queue.publish(Samples.message()))
            .isInstanceOf(TransientFailure.class)
            .hasMessageContaining(answer.equals("not JSON") ? "no JSON" : "no message id");
      }
    }
  }

  @Test
  void publish_serviceComesBack_succeedsWithTheSameConnection() throws IOException {
    try (FaultyPubSub service =
            faulty(
                number ->
                    number < 2 ? Fault.Refused.of(403, "PERMISSION_DENIED") : new Fault.None());
        PubSubWorkQueue queue = queue(service.hostPort(), SHORT)) {
      WorkMessage message = Samples.message();
      assertThatThrownBy(() -> queue.publish(message)).isInstanceOf(TransientFailure.class);
      assertThatThrownBy(() -> queue.publish(message)).isInstanceOf(TransientFailure.class);

      assertThat(WorkMessage.fromAttributes(awaited(queue.publish(message)))).isEqualTo(message);
    }
  }

  @Test
  void publish_faultsAtRandom_whatReturnedIsDelivered() throws IOException {
    long seed = Long.getLong("whatsit.seed", 20_261_121);
    Random random = new Random(seed);
    List<Fault> faults = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      faults.add(
          switch (random.nextInt(10)) {
            case 0 -> Fault.Refused.of(503, "UNAVAILABLE");
            case 1 -> Fault.Refused.of(500, "INTERNAL");
            case 2 -> Fault.Refused.of(429, "RESOURCE_EXHAUSTED");
            case 3 -> Fault.Refused.of(403, "PERMISSION_DENIED");
            case 4, 5 -> new Fault.Dropped();
            default -> new Fault.None();
          });
    }
    Set<String> promised = new HashSet<>();
    int failed = 0;
    try (FaultyPubSub service = faulty(number -> faults.get(number % faults.size()));
        PubSubWorkQueue queue = queue(service.hostPort(), PublisherConnection.LONGEST_CALL)) {
      for (int i = 0; i < 30; i++) {
        try {
          promised.add(queue.publish(Samples.message()));
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
  void close_callUnderWay_endsItAndComesBack() throws Exception {
    try (FaultyPubSub service = faulty(number -> new Fault.Hangs())) {
      PubSubWorkQueue queue = queue(service.hostPort(), Duration.ofMinutes(1));
      CompletableFuture<String> publishing =
          CompletableFuture.supplyAsync(() -> queue.publish(Samples.message()));
      service.awaitHanging();

      queue.close();

      assertThatThrownBy(() -> publishing.get(1, TimeUnit.MINUTES))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(TransientFailure.class);
    }
  }

  @Test
  void checkReachable_permittedOnNeitherTopic_isRefused() throws IOException {
    try (FaultyPubSub service = faulty(number -> new Fault.None());
        PubSubWorkQueue queue = queue(service.hostPort(), SHORT)) {
      assertThatThrownBy(queue::checkReachable)
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("topics/" + work.id())
          .hasMessageContaining("topics/dead-letters")
          .hasMessageContaining("roles/pubsub.publisher");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void checkReachable_permittedOnTheTopicThatTheFunctionUses_passes(boolean works)
      throws IOException {
    try (FaultyPubSub service = faulty(number -> new Fault.None());
        PubSubWorkQueue queue = queue(service.hostPort(), SHORT)) {
      service.permit("projects/" + PROJECT + "/topics/" + (works ? work.id() : "dead-letters"));

      assertThatCode(queue::checkReachable).doesNotThrowAnyException();
      assertThat(service.requests()).as("messages published by looking").isZero();
    }
  }

  private void assertRetryAfter(Fault fault, Duration expected) throws IOException {
    try (FaultyPubSub service = faulty(number -> fault);
        PubSubWorkQueue queue = queue(service.hostPort(), SHORT)) {
      assertThatThrownBy(() -> queue.publish(Samples.message()))
          .isInstanceOfSatisfying(
              TransientFailure.class,
              failure -> {
                assertThat(failure.retryAfter()).contains(expected);
                assertThat(failure)
                    .hasMessageContaining("RESOURCE_EXHAUSTED")
                    .hasCauseInstanceOf(Refusal.class);
              });
    }
  }

  private void assertFailsInTime(String hostPort, String code) {
    try (PubSubWorkQueue queue = queue(hostPort, SHORT)) {
      WorkMessage message = Samples.message();
      long begun = System.nanoTime();

      assertThatThrownBy(() -> queue.publish(message))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("publish message about " + message.image().hash().hex())
          .hasMessageContaining(code);

      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(SHORT.plus(SLACK));
    }
  }

  private Map<String, String> awaited(String id) {
    return work.await(message -> message.getMessageId().equals(id)).getAttributesMap();
  }

  private FaultyPubSub faulty(IntFunction<Fault> faults) throws IOException {
    return new FaultyPubSub(PUB_SUB.hostPort(), faults);
  }

  private PubSubWorkQueue queue(String hostPort, Duration longestCall) {
    return PubSubWorkQueue.of(
        Samples.settings(PROJECT, work.id(), "dead-letters", hostPort), () -> NOW, longestCall);
  }
}
