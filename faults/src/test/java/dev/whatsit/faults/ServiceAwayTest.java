package dev.whatsit.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.faults.Subscription.Taken;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A whole service never answers, or nobody listens where it was: every door answers within its time
 * and says when to come back, and nothing is lost. Each wait is bounded by the adapter's own
 * deadline.
 */
@Execution(ExecutionMode.CONCURRENT)
class ServiceAwayTest {
  @RegisterExtension static final EmulatorExtension PUBSUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  /** Whose work is under way. */
  private final Picture known = Picture.of(3_000_000);

  private final Picture fresh = Picture.of(3_000_001);

  @ParameterizedTest
  @ValueSource(strings = {World.FIRESTORE, World.PUB_SUB, World.STORAGE, World.VISION})
  void everyDoor_serviceNeverAnswers_answersInTimeAndNothingIsLost(
      String service, @TempDir Path folder) throws Exception {
    try (World world = new World(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder)) {
      Fates hanging =
          call -> call.service().equals(service) ? Fate.of(Fate.Kind.HANGS) : Fate.PASSED;

      check(
          world,
          service,
          503,
          () -> world.calls().decideBy(hanging),
          () -> world.calls().decideBy(Fates.GOOD));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {World.FIRESTORE, World.PUB_SUB, World.STORAGE, World.VISION})
  void everyDoor_nobodyListens_answersInTimeAndNothingIsLost(String service, @TempDir Path folder)
      throws Exception {
    try (World world = new World(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder)) {
      // Images whose classifier is away are put off, and their messages acknowledged.
      check(
          world,
          service,
          204,
          () -> world.road(service).refuse(),
          () -> world.road(service).serve());
    }
  }

  private void check(World world, String service, int classified, Runnable begin, Runnable end)
      throws Exception {
    try (Traffic traffic = new Traffic(world, new Random(1))) {
      traffic.add(known);
      traffic.submitAll();
      Taken message = world.work().take().get(0);
      byte[] push = message.push().getBytes(UTF_8);
      world.watch().leap(Duration.ofHours(2));
      begin.run();

      List<Callable<Answer>> requests = new ArrayList<>();
      requests.add(() -> world.post(Door.UPLOAD, "/v1/images", fresh.bytes()));
      List<Integer> wanted =
          switch (service) {
            case World.FIRESTORE -> {
              requests.add(() -> world.get(Door.STATUS, known.path()));
              requests.add(() -> world.post(Door.CLASSIFY, "/", push));
              requests.add(() -> world.post(Door.DEAD_LETTER, "/", push));
              requests.add(() -> world.post(Door.CONTROL, known.path() + ":retry", new byte[0]));
              requests.add(() -> world.post(Door.SWEEP, "/", new byte[0]));
              yield List.of(503, 503, 503, 503, 503, 503);
            }
            case World.VISION -> {
              requests.add(() -> world.post(Door.CLASSIFY, "/", push));
              yield List.of(202, classified);
            }
            case World.STORAGE -> {
              // Its link is signed there.
              requests.add(() -> world.get(Door.STATUS, known.path()));
              yield List.of(503, 503);
            }
            default -> {
              // Its work is overdue: it is tried once, and left to the next sweep.
              requests.add(() -> world.post(Door.SWEEP, "/", new byte[0]));
              yield List.of(503, 200);
            }
          };
      assertThat(answers(requests)).extracting(Answer::status).isEqualTo(wanted);

      end.run();
      world.work().giveBack(message);
      traffic.add(fresh);
      // It leaves Vision in peace by the real clock. All others find their way back themselves.
      world.replace(Door.CLASSIFY);
      traffic.settle();
      traffic.check();
    }
  }

  private static List<Answer> answers(List<Callable<Answer>> requests) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(requests.size());
    try {
      List<Answer> answers = new ArrayList<>();
      for (Future<Answer> answer : threads.invokeAll(requests)) {
        answers.add(answer.get());
      }
      return answers;
    } finally {
      threads.shutdownNow();
    }
  }
}
