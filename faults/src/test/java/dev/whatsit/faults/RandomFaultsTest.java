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
 * Everything goes wrong at random, on every wire at once, while instances come and go and time
 * leaps; then it stops, and nothing may have been lost. {@code -Dwhatsit.seed=7,8} runs other
 * seeds.
 */
@Execution(ExecutionMode.CONCURRENT)
class RandomFaultsTest {
  @RegisterExtension static final EmulatorExtension PUBSUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final int NEW_PICTURES = 5;
  private static final int ROUNDS = 3;
  private static final int LONGEST_AWAY_MILLIS = 1500;

  /** Those that no run is without. What hangs is rare, and has a test of its own. */
  private static final Fault.Kind[] OFTEN = {
    Fault.Kind.REFUSE,
    Fault.Kind.LOSE_RESPONSE,
    Fault.Kind.DELAY,
    Fault.Kind.DROP_BEFORE,
    Fault.Kind.DROP_AFTER
  };

  private static final List<String> SERVICES =
      List.of(World.FIRESTORE, World.PUB_SUB, World.STORAGE, World.VISION, World.TASKS);
  private static final List<Door> DOORS = List.of(Door.values());
  private static final List<Duration> LEAPS =
      List.of(Duration.ZERO, Duration.ofMinutes(2), Duration.ofMinutes(10), Duration.ofMinutes(70));

  static LongStream seeds() {
    String seeds = System.getProperty("whatsit.seed", "1");
    return Arrays.stream(seeds.split(",", -1)).mapToLong(Long::parseLong);
  }

  @ParameterizedTest(name = "whatsit.seed={0}")
  @MethodSource("seeds")
  void imagesCallbacksAndBatches_everyWireFailsAtRandom_noneIsLostStuckOrDoneTwice(
      long seed, @TempDir Path folder) throws Exception {
    Random random = new Random(seed);
    RandomFaults faults = new RandomFaults(seed);
    try (World world = new World(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(world, random)) {
      Map<String, Integer> judged = new ConcurrentHashMap<>();
      world
          .vision()
          .judgeBy(image -> faults.verdict(image, judged.merge(image, 1, Integer::sum) - 1));
      world.calls().decideBy(faults);
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
        Duration time = Duration.ofMillis(random.nextInt(LONGEST_AWAY_MILLIS));
        world.takeAway(away, time, random.nextBoolean());
        traffic.round();
        world.watch().leap(LEAPS.get(random.nextInt(LEAPS.size())));
        world.replace(DOORS.get(random.nextInt(DOORS.size())));
      }
      assertThat(traffic.refusals()).as("refusals").isPositive();
      assertThat(world.calls().counts()).as("faults").containsKeys(OFTEN);

      world.calls().decideBy(Faults.NONE);
      world.vision().judgeBy(image -> FakeVision.Verdict.SEEN);
      // It leaves Vision in peace by the real clock.
      world.replace(Door.CLASSIFY);
      traffic.settle();
      traffic.check();
    } catch (AssertionError e) {
      throw new AssertionError("-Dwhatsit.seed=" + seed + "\n" + e.getMessage(), e);
    }
  }
}
