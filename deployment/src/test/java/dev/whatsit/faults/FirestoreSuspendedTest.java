package dev.whatsit.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.RunningEmulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.faultproxy.Fault;
import dev.whatsit.faults.Subscription.Pulled;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Firestore's process is suspended (SIGSTOP) during an upload and resumed after its response. */
@Isolated("it measures the time of a response")
class FirestoreSuspendedTest {
  @RegisterExtension static final EmulatorExtension PUBSUB = EmulatorExtension.of(Emulator.PUB_SUB);

  /** Only tests whether the emulator is installed: this test suspends an emulator of its own. */
  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final Duration MAX_RESPONSE_TIME = Duration.ofSeconds(15);

  private final Picture picture = Picture.of(5_000_000);

  /** An upload publishes between its read and its write, so a repeated upload may publish again. */
  @ParameterizedTest
  @CsvSource({"BatchGetDocuments, 1", "Commit, 2"})
  void upload_suspendedAtThisCall_is503InTimeAndTheSameUploadIsAcceptedAfterwards(
      String method, int maxMessages, @TempDir Path folder) throws Exception {
    try (RunningEmulator firestore = start();
        TestSystem system = new TestSystem(firestore.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(system, new Random(1))) {
      traffic.warmUp(Picture.of(5_000_001));
      AtomicBoolean suspended = new AtomicBoolean();
      system
          .calls()
          .setFaults(
              call -> {
                if (call.service().equals(TestSystem.FIRESTORE)
                    && call.method().equals(method)
                    && suspended.compareAndSet(false, true)) {
                  firestore.suspend();
                }
                return Fault.NONE;
              });

      TimedResponse refused = system.post(DeployedFunction.UPLOAD, "/v1/images", picture.bytes());
      firestore.resume();
      TimedResponse accepted = system.post(DeployedFunction.UPLOAD, "/v1/images", picture.bytes());

      assertThat(suspended).isTrue();
      assertThat(refused.status()).as("%s", refused).isEqualTo(503);
      assertThat(refused.took()).isLessThan(MAX_RESPONSE_TIME);
      assertThat(refused.response().headers().firstValueAsLong("Retry-After").orElse(0))
          .isPositive();
      assertThat(accepted.status()).as("%s", accepted).isEqualTo(202);
      List<Pulled> messages = system.subscription(DeployedFunction.CLASSIFY).pull();
      assertThat(messages).hasSizeBetween(1, maxMessages);
      for (Pulled message : messages) {
        system.subscription(DeployedFunction.CLASSIFY).nack(message);
      }
      traffic.add(picture);
      traffic.settle();
      traffic.check();
      assertThat(system.calls().count(TestSystem.VISION, "BatchAnnotateImages", picture.hash()))
          .isEqualTo(1);
    }
  }

  private static RunningEmulator start() {
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.remove(Emulator.FIRESTORE.hostVariable());
    return Emulator.FIRESTORE
        .start(environment)
        .orElseThrow(() -> new IllegalStateException("only a named emulator is there"));
  }
}
