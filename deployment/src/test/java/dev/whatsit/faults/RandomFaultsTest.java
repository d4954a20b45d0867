package dev.whatsit.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.faultproxy.Fault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Calls to every service fail at random while services are unavailable, instances are replaced and
 * time moves forward. Then the faults stop, and nothing may be lost. {@code -Dwhatsit.seed=7,8}
 * runs other seeds.
 */
@Execution(ExecutionMode.CONCURRENT)
class RandomFaultsTest {
  @RegisterExtension static final EmulatorExtension PUBSUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final int NEW_PICTURES = 5;
  private static final int ROUNDS = 3;
  private static final int MAX_OUTAGE_MILLIS = 1500;

  /** The kinds of fault that every run has. Calls that hang are rare, and have their own tests. */
  private static final Fault.Kind[] OFTEN = {
    Fault.Kind.REFUSE,
    Fault.Kind.LOSE_RESPONSE,
    Fault.Kind.DELAY,
    Fault.Kind.DROP_BEFORE,
    Fault.Kind.DROP_AFTER
  };

  private static final List<String> SERVICES =
      List.of(
          TestSystem.FIRESTORE,
          TestSystem.PUB_SUB,
          TestSystem.STORAGE,
          TestSystem.VISION,
          TestSystem.TASKS);
  private static final List<DeployedFunction> FUNCTIONS = List.of(DeployedFunction.values());
  private static final List<Duration> LEAPS =
      List.of(Duration.ZERO, Duration.ofMinutes(2), Duration.ofMinutes(10), Duration.ofMinutes(70));

  static LongStream seeds() {
    String seeds = System.getProperty("whatsit.seed", "1");
    return Arrays.stream(seeds.split(",", -1)).mapToLong(Long::parseLong);
  }

  @ParameterizedTest(name = "whatsit.seed={0}")
  @MethodSource("seeds")
  void imagesCallbacksAndBatches_everyServiceFailsAtRandom_noneIsLostStuckOrDoneTwice(
      long seed, @TempDir Path folder) throws Exception {
    Random random = new Random(seed);
    RandomFaults faults = new RandomFaults(seed);
    try (TestSystem system = new TestSystem(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(system, random)) {
      Map<String, Integer> judged = new ConcurrentHashMap<>();
      system
          .vision()
          .judgeBy(image -> faults.verdict(image, judged.merge(image, 1, Integer::sum) - 1));
      system.calls().setFaults(faults);
      long pictures = seed * 1000;
      for (int round = 0; round < ROUNDS; round++) {
        List<Picture> fetched = new ArrayList<>();
        List<Picture> known = new ArrayList<>();
        for (int i = 0; i < NEW_PICTURES; i++) {
          Picture picture = Picture.of(pictures++);
          if (i == 0) {
            traffic.add(picture);
            known.add(picture);
          } else {
            traffic.addWatched(picture);
          }
          fetched.add(Picture.of(pictures++));
        }
        traffic.addBatch(fetched, known);
        String away = SERVICES.get(random.nextInt(SERVICES.size()));
        Duration time = Duration.ofMillis(random.nextInt(MAX_OUTAGE_MILLIS));
        system.interrupt(away, time, random.nextBoolean());
        traffic.round();
        system.invariants().leap(LEAPS.get(random.nextInt(LEAPS.size())));
        system.replace(FUNCTIONS.get(random.nextInt(FUNCTIONS.size())));
      }
      assertThat(traffic.refusals()).as("refusals").isPositive();
      assertThat(system.calls().counts()).as("faults").containsKeys(OFTEN);

      system.calls().setFaults(Calls.NO_FAULTS);
      system.vision().judgeBy(image -> VisionVerdicts.Verdict.SEEN);
      traffic.settle();
      traffic.check();
    } catch (AssertionError e) {
      throw new AssertionError("-Dwhatsit.seed=" + seed + "\n" + e.getMessage(), e);
    }
  }
}
