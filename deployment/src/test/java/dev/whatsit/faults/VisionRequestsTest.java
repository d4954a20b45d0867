package dev.whatsit.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.faultproxy.Fault;
import dev.whatsit.faults.Subscription.Pulled;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each request to Vision may be billed, even one that fails: the records must show every one. */
class VisionRequestsTest {
  @RegisterExtension static final EmulatorExtension PUBSUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final int PICTURES = 2;
  private static final int ROUNDS = 2;

  /** In seconds; long enough that no attempt ends before its last request on a busy machine. */
  private static final int DEADLINE = 30;

  @ParameterizedTest
  @EnumSource(names = {"INTERNAL", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED", "UNAVAILABLE"})
  void everyRequestFails_requestsAreThoseOfTheAttemptsInTheRecords(Code code, @TempDir Path folder)
      throws Exception {
    try (TestSystem system =
            new TestSystem(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder, DEADLINE);
        Traffic traffic = new Traffic(system, new Random(1))) {
      for (int i = 0; i < PICTURES; i++) {
        traffic.add(Picture.of(7_000_000 + i));
      }
      traffic.submitAll();
      system
          .calls()
          .setFaults(
              call -> call.service().equals(TestSystem.VISION) ? Fault.refuse(code) : Fault.NONE);

      for (int round = 0; round < ROUNDS; round++) {
        deliverEachToANewInstance(system);
        system.invariants().leap(Duration.ofHours(2));
        traffic.sweep();
      }

      int requests = 0;
      int attempts = 0;
      for (Picture picture : traffic.pictures()) {
        requests += system.calls().count(TestSystem.VISION, "BatchAnnotateImages", picture.hash());
        attempts += system.record(picture.hash()).history().size();
      }
      assertThat(attempts).isGreaterThanOrEqualTo(PICTURES * ROUNDS);
      assertThat(requests).isEqualTo(attempts);
    }
  }

  /**
   * Uses a new instance for each delivery, because an instance that found Vision unavailable has an
   * open circuit breaker.
   */
  private static void deliverEachToANewInstance(TestSystem system) throws Exception {
    for (Pulled message : system.subscription(DeployedFunction.CLASSIFY).pull()) {
      system.replace(DeployedFunction.CLASSIFY);
      TimedResponse response =
          system.post(DeployedFunction.CLASSIFY, "/", message.push().getBytes(UTF_8));
      if (response.status() == 204) {
        system.subscription(DeployedFunction.CLASSIFY).ack(message);
      } else {
        system.subscription(DeployedFunction.CLASSIFY).nack(message);
      }
    }
  }
}
