package dev.whatsit.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.faults.PlannedFates.Plan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Every call on the way of an image, a callback or a batch meets every fate, each with one of its
 * own, and all at once.
 */
@Execution(ExecutionMode.CONCURRENT)
class EachCallFailsTest {
  @RegisterExtension static final EmulatorExtension PUBSUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final int MOST_TIMES = 6;
  private static final String READ = "BatchGetDocuments";
  private static final String WRITE = "Commit";

  /** A call on the way of an image. */
  private record Step(String service, String method, int number) {
    Plan plan(Fate fate, boolean lasting) {
      return new Plan(service, method, number, fate, lasting);
    }
  }

  /** Those that tell their image, in the order in which they are made. */
  private static final List<Step> STEPS =
      List.of(
          new Step(World.FIRESTORE, READ, 1),
          new Step(World.PUB_SUB, "Publish", 1),
          new Step(World.FIRESTORE, WRITE, 1),
          new Step(World.FIRESTORE, READ, 2),
          new Step(World.FIRESTORE, WRITE, 2),
          new Step(World.VISION, "BatchAnnotateImages", 1),
          new Step(World.FIRESTORE, WRITE, 3),
          new Step(World.FIRESTORE, READ, 3));

  private static final List<Fate> FATES =
      List.of(
          Fate.refused(Code.UNAVAILABLE),
          Fate.refused(Code.RESOURCE_EXHAUSTED),
          Fate.refused(Code.INTERNAL),
          Fate.refused(Code.UNKNOWN),
          Fate.refused(Code.ABORTED),
          Fate.refused(Code.PERMISSION_DENIED),
          Fate.lost(Code.UNAVAILABLE),
          Fate.lost(Code.INTERNAL),
          Fate.lost(Code.UNKNOWN),
          Fate.lost(Code.DEADLINE_EXCEEDED),
          Fate.of(Fate.Kind.HANGS),
          Fate.of(Fate.Kind.HANGS_ONCE_DONE),
          Fate.late(Duration.ofMillis(150)),
          Fate.of(Fate.Kind.DROPPED),
          Fate.of(Fate.Kind.DROPPED_ONCE_DONE));

  /** One of each kind, where there are many calls. */
  private static final List<Fate> KINDS =
      List.of(
          Fate.refused(Code.PERMISSION_DENIED),
          Fate.lost(Code.UNAVAILABLE),
          Fate.lost(Code.UNKNOWN),
          Fate.of(Fate.Kind.HANGS),
          Fate.of(Fate.Kind.DROPPED),
          Fate.of(Fate.Kind.DROPPED_ONCE_DONE));

  private final PlannedFates fates = new PlannedFates();
  private long pictures = 1_000_000;

  @Test
  void everyCall_meetsEveryFateOnce_allIsWellInTheEnd(@TempDir Path folder) throws Exception {
    try (World world = new World(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(world, new Random(1))) {
      world.calls().decideBy(fates);
      for (Step step : STEPS) {
        for (Fate fate : FATES) {
          fates.plan(next(traffic).hash(), step.plan(fate, false));
        }
      }
      traffic.submit();
      traffic.deliver();
      traffic.ask();
      // It leaves Vision in peace by the real clock.
      world.replace(Door.CLASSIFY);
      traffic.settle();

      traffic.check();
      assertThat(fates.unmet()).isEmpty();
      assertThat(world.calls().counts()).containsOnlyKeys(Fate.Kind.values());
    }
  }

  @Test
  void everyCall_failsUntilMended_is503AtItsDoorAndAllIsWellAfterwards(@TempDir Path folder)
      throws Exception {
    try (World world = new World(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(world, new Random(1))) {
      world.calls().decideBy(fates);
      int wanted = 0;
      for (Step step : STEPS) {
        // What is tried again hides a fault for as long as an answer may take.
        fates.plan(next(traffic).hash(), step.plan(Fate.refused(Code.PERMISSION_DENIED), true));
        fates.plan(next(traffic).hash(), step.plan(Fate.lost(Code.PERMISSION_DENIED), true));
        wanted += 2;
      }
      // Once, unless the machine is so busy that something else is refused meanwhile.
      for (int i = 0; i < MOST_TIMES && !fates.unmet().isEmpty(); i++) {
        traffic.submit();
        traffic.deliver();
        traffic.ask();
      }
      assertThat(traffic.refusals()).isGreaterThanOrEqualTo(wanted);
      assertThat(fates.unmet()).isEmpty();

      fates.mend();
      traffic.settle();
      traffic.check();
    }
  }

  @Test
  void storage_meetsEveryFate_theUploadIsAcceptedAndTheLinkWorks(@TempDir Path folder)
      throws Exception {
    try (World world = new World(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(world, new Random(1))) {
      world.calls().decideBy(fates);
      for (String method : List.of("INSERT", "SIGN_BLOB")) {
        for (Fate fate : FATES) {
          int number = world.calls().count(World.STORAGE, method, Call.NO_IMAGE) + 1;
          fates.plan(Call.NO_IMAGE, new Plan(World.STORAGE, method, number, fate, false));
          next(traffic);
          traffic.submit();
          traffic.ask();
          assertThat(world.calls().count(World.STORAGE, method, Call.NO_IMAGE))
              .as("%s %s", method, fate)
              .isGreaterThanOrEqualTo(number);
        }
      }
      fates.mend();
      traffic.settle();
      traffic.check();
    }
  }

  @Test
  void retry_eachCallMeetsEveryFateOnce_beginsOneRunAndIsToldSo(@TempDir Path folder)
      throws Exception {
    List<Step> further =
        List.of(
            new Step(World.FIRESTORE, READ, 1),
            new Step(World.FIRESTORE, WRITE, 1),
            new Step(World.PUB_SUB, "Publish", 1),
            new Step(World.FIRESTORE, READ, 2),
            new Step(World.FIRESTORE, WRITE, 2));
    try (World world = new World(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(world, new Random(1))) {
      for (int i = 0; i < further.size() * FATES.size(); i++) {
        next(traffic);
      }
      traffic.settle();
      int before = traffic.refusals();
      int i = 0;
      for (Picture picture : traffic.pictures()) {
        Step step = further.get(i / FATES.size());
        int number = world.calls().count(step.service(), step.method(), picture.hash());
        Step planned = new Step(step.service(), step.method(), number + step.number());
        fates.plan(picture.hash(), planned.plan(FATES.get(i % FATES.size()), false));
        i++;
      }
      world.calls().decideBy(fates);

      // A client whose run was begun and who is told that one is under way would not know whose.
      assertThat(traffic.retryAll()).extracting(Answer::status).isSubsetOf(202, 503);
      assertThat(traffic.refusals() - before).as("503").isLessThan(FATES.size());
      // A connection that one fate ends may end another's retry before its own fate.
      assertThat(fates.unmet()).hasSizeLessThan(FATES.size());
      fates.mend();
      world.watch().leap(Duration.ofHours(2));
      traffic.sweep();
      traffic.settle();
      traffic.check();
    }
  }

  @Test
  void callback_eachCallMeetsEveryFateOnce_isToldUnderOneId(@TempDir Path folder) throws Exception {
    try (World world = new World(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(world, new Random(1))) {
      Picture first = Picture.of(pictures++);
      traffic.addWatched(first);
      traffic.settle();
      List<Step> steps = stepsOf(world, first.hash());
      assertThat(steps)
          .contains(new Step(World.RECEIVER, "POST", 1), new Step(World.FIRESTORE, WRITE, 6));
      for (Step step : steps) {
        for (Fate fate : KINDS) {
          Picture picture = Picture.of(pictures++);
          traffic.addWatched(picture);
          fates.plan(picture.hash(), step.plan(fate, false));
        }
      }
      world.calls().decideBy(fates);
      traffic.submit();
      traffic.deliver();
      traffic.ask();
      // It leaves Vision in peace by the real clock.
      world.replace(Door.CLASSIFY);
      traffic.settle();

      traffic.check();
      // Who is told in the first moment has been spared a call.
      assertThat(fates.unmet()).hasSizeLessThan(KINDS.size());
    }
  }

  @Test
  void batch_eachCallMeetsEveryFateOnce_isCompleteOnceAndToldUnderOneId(@TempDir Path folder)
      throws Exception {
    try (World world = new World(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(world, new Random(1))) {
      Picture known = next(traffic);
      traffic.settle();
      SentBatch first = traffic.addBatch(List.of(Picture.of(pictures++)), List.of(known));
      traffic.settle();
      List<Plan> plans = new ArrayList<>();
      for (Step step : stepsOf(world, first.id())) {
        KINDS.forEach(fate -> plans.add(step.plan(fate, false)));
      }
      assertThat(plans).hasSizeGreaterThan(10 * KINDS.size());
      FatesInTurn inTurn = new FatesInTurn(plans);
      world.calls().decideBy(inTurn);
      // A batch that was refused has another name at the next try, and so another plan.
      for (int i = 0; i < MOST_TIMES && !inTurn.unmet().isEmpty(); i++) {
        inTurn.again();
        for (int batch = 0; batch < inTurn.unmet().size(); batch++) {
          traffic.addBatch(List.of(Picture.of(pictures++)), List.of(known));
        }
        traffic.submit();
        traffic.deliver();
        traffic.settle();
      }

      traffic.check();
      assertThat(inTurn.unmet()).hasSizeLessThan(KINDS.size());
    }
  }

  /** The calls that were made about an image or a batch. */
  private static List<Step> stepsOf(World world, String image) {
    List<Step> steps = new ArrayList<>();
    for (Call call : world.calls().about(image)) {
      for (int number = 1; number <= call.number(); number++) {
        steps.add(new Step(call.service(), call.method(), number));
      }
    }
    return steps;
  }

  private Picture next(Traffic traffic) {
    Picture picture = Picture.of(pictures++);
    traffic.add(picture);
    return picture;
  }
}
