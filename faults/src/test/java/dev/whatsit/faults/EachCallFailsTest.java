package dev.whatsit.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.faultproxy.Fault;
import dev.whatsit.faults.PlannedFaults.Plan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Every call on the way of an image, a callback or a batch meets every fault, each with one of its
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
    Plan plan(Fault fault, boolean lasting) {
      return new Plan(service, method, number, fault, lasting);
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

  private static final List<Fault> FAULTS =
      List.of(
          Fault.refuse(Code.UNAVAILABLE),
          Fault.refuse(Code.RESOURCE_EXHAUSTED),
          Fault.refuse(Code.INTERNAL),
          Fault.refuse(Code.UNKNOWN),
          Fault.refuse(Code.ABORTED),
          Fault.refuse(Code.PERMISSION_DENIED),
          Fault.loseResponse(Code.UNAVAILABLE),
          Fault.loseResponse(Code.INTERNAL),
          Fault.loseResponse(Code.UNKNOWN),
          Fault.loseResponse(Code.DEADLINE_EXCEEDED),
          Fault.of(Fault.Kind.HANG_BEFORE),
          Fault.of(Fault.Kind.HANG_AFTER),
          Fault.delay(Duration.ofMillis(150)),
          Fault.of(Fault.Kind.DROP_BEFORE),
          Fault.of(Fault.Kind.DROP_AFTER),
          Fault.of(Fault.Kind.DUPLICATE));

  /** The fake of Cloud Storage executes a request once. */
  private static final List<Fault> HTTP_FAULTS = FAULTS.subList(0, FAULTS.size() - 1);

  /** One of each kind, where there are many calls. */
  private static final List<Fault> KINDS =
      List.of(
          Fault.refuse(Code.PERMISSION_DENIED),
          Fault.loseResponse(Code.UNAVAILABLE),
          Fault.loseResponse(Code.UNKNOWN),
          Fault.of(Fault.Kind.HANG_BEFORE),
          Fault.of(Fault.Kind.DROP_BEFORE),
          Fault.of(Fault.Kind.DROP_AFTER));

  private final PlannedFaults faults = new PlannedFaults();
  private long pictures = 1_000_000;

  @Test
  void everyCall_meetsEveryFaultOnce_allIsWellInTheEnd(@TempDir Path folder) throws Exception {
    try (World world = new World(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(world, new Random(1))) {
      world.calls().decideBy(faults);
      for (Step step : STEPS) {
        for (Fault fault : FAULTS) {
          faults.plan(next(traffic).hash(), step.plan(fault, false));
        }
      }
      traffic.submit();
      traffic.deliver();
      traffic.ask();
      // It leaves Vision in peace by the real clock.
      world.replace(Door.CLASSIFY);
      traffic.settle();

      traffic.check();
      assertThat(faults.unmet()).isEmpty();
      assertThat(world.calls().counts().keySet())
          .containsExactlyInAnyOrderElementsOf(
              EnumSet.complementOf(EnumSet.of(Fault.Kind.RESPOND)));
    }
  }

  @Test
  void everyCall_failsUntilMended_is503AtItsDoorAndAllIsWellAfterwards(@TempDir Path folder)
      throws Exception {
    try (World world = new World(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(world, new Random(1))) {
      world.calls().decideBy(faults);
      int wanted = 0;
      for (Step step : STEPS) {
        // What is tried again hides a fault for as long as an answer may take.
        faults.plan(next(traffic).hash(), step.plan(Fault.refuse(Code.PERMISSION_DENIED), true));
        faults.plan(
            next(traffic).hash(), step.plan(Fault.loseResponse(Code.PERMISSION_DENIED), true));
        wanted += 2;
      }
      // Once, unless the machine is so busy that something else is refused meanwhile.
      for (int i = 0; i < MOST_TIMES && !faults.unmet().isEmpty(); i++) {
        traffic.submit();
        traffic.deliver();
        traffic.ask();
      }
      assertThat(traffic.refusals()).isGreaterThanOrEqualTo(wanted);
      assertThat(faults.unmet()).isEmpty();

      faults.mend();
      traffic.settle();
      traffic.check();
    }
  }

  @Test
  void storage_meetsEveryFault_theUploadIsAcceptedAndTheLinkWorks(@TempDir Path folder)
      throws Exception {
    try (World world = new World(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(world, new Random(1))) {
      world.calls().decideBy(faults);
      for (String method : List.of("INSERT", "SIGN_BLOB")) {
        for (Fault fault : HTTP_FAULTS) {
          int number = world.calls().count(World.STORAGE, method, Call.NO_IMAGE) + 1;
          faults.plan(Call.NO_IMAGE, new Plan(World.STORAGE, method, number, fault, false));
          next(traffic);
          traffic.submit();
          traffic.ask();
          assertThat(world.calls().count(World.STORAGE, method, Call.NO_IMAGE))
              .as("%s %s", method, fault)
              .isGreaterThanOrEqualTo(number);
        }
      }
      faults.mend();
      traffic.settle();
      traffic.check();
    }
  }

  @Test
  void retry_eachCallMeetsEveryFaultOnce_beginsOneRunAndIsToldSo(@TempDir Path folder)
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
      for (int i = 0; i < further.size() * FAULTS.size(); i++) {
        next(traffic);
      }
      traffic.settle();
      int before = traffic.refusals();
      int i = 0;
      for (Picture picture : traffic.pictures()) {
        Step step = further.get(i / FAULTS.size());
        int number = world.calls().count(step.service(), step.method(), picture.hash());
        Step planned = new Step(step.service(), step.method(), number + step.number());
        faults.plan(picture.hash(), planned.plan(FAULTS.get(i % FAULTS.size()), false));
        i++;
      }
      world.calls().decideBy(faults);

      // A client whose run was begun and who is told that one is under way would not know whose.
      assertThat(traffic.retryAll()).extracting(Answer::status).isSubsetOf(202, 503);
      assertThat(traffic.refusals() - before).as("503").isLessThan(FAULTS.size());
      // A connection that one fault ends may end another's retry before its own fault.
      assertThat(faults.unmet()).hasSizeLessThan(FAULTS.size());
      faults.mend();
      world.watch().leap(Duration.ofHours(2));
      traffic.sweep();
      traffic.settle();
      traffic.check();
    }
  }

  @Test
  void callback_eachCallMeetsEveryFaultOnce_isToldUnderOneId(@TempDir Path folder)
      throws Exception {
    try (World world = new World(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(world, new Random(1))) {
      Picture first = Picture.of(pictures++);
      traffic.addWatched(first);
      traffic.settle();
      List<Step> steps = stepsOf(world, first.hash());
      assertThat(steps)
          .contains(new Step(World.RECEIVER, "POST", 1), new Step(World.FIRESTORE, WRITE, 6));
      for (Step step : steps) {
        for (Fault fault : KINDS) {
          Picture picture = Picture.of(pictures++);
          traffic.addWatched(picture);
          faults.plan(picture.hash(), step.plan(fault, false));
        }
      }
      world.calls().decideBy(faults);
      traffic.submit();
      traffic.deliver();
      traffic.ask();
      // It leaves Vision in peace by the real clock.
      world.replace(Door.CLASSIFY);
      traffic.settle();

      traffic.check();
      // Who is told in the first moment has been spared a call.
      assertThat(faults.unmet()).hasSizeLessThan(KINDS.size());
    }
  }

  @Test
  void batch_eachCallMeetsEveryFaultOnce_isCompleteOnceAndToldUnderOneId(@TempDir Path folder)
      throws Exception {
    try (World world = new World(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(world, new Random(1))) {
      Picture known = next(traffic);
      traffic.settle();
      SentBatch first = traffic.addBatch(List.of(Picture.of(pictures++)), List.of(known));
      traffic.settle();
      List<Plan> plans = new ArrayList<>();
      for (Step step : stepsOf(world, first.id())) {
        KINDS.forEach(fault -> plans.add(step.plan(fault, false)));
      }
      assertThat(plans).hasSizeGreaterThan(10 * KINDS.size());
      FaultsInTurn inTurn = new FaultsInTurn(plans);
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
