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
 * Each remote call for an image, a callback or a batch fails once in every way. There is one image
 * or batch for each combination, all at the same time.
 */
@Execution(ExecutionMode.CONCURRENT)
class EachCallFailsTest {
  @RegisterExtension static final EmulatorExtension PUBSUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final int MAX_TIMES = 6;
  private static final String READ = "BatchGetDocuments";
  private static final String WRITE = "Commit";

  /** One of the remote calls for an image. */
  private record Step(String service, String method, int number) {
    Plan plan(Fault fault, boolean lasting) {
      return new Plan(service, method, number, fault, lasting);
    }
  }

  /** The calls that contain their image's hash, in order. */
  private static final List<Step> STEPS =
      List.of(
          new Step(TestSystem.FIRESTORE, READ, 1),
          new Step(TestSystem.PUB_SUB, "Publish", 1),
          new Step(TestSystem.FIRESTORE, WRITE, 1),
          new Step(TestSystem.FIRESTORE, READ, 2),
          new Step(TestSystem.FIRESTORE, WRITE, 2),
          new Step(TestSystem.VISION, "BatchAnnotateImages", 1),
          new Step(TestSystem.FIRESTORE, WRITE, 3),
          new Step(TestSystem.FIRESTORE, READ, 3));

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

  /** All but the last fault: the fake of Cloud Storage cannot duplicate a request. */
  private static final List<Fault> HTTP_FAULTS = FAULTS.subList(0, FAULTS.size() - 1);

  /** A selection of faults, for functions with many calls. */
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
  void everyCall_failsOnceInEveryWay_nothingIsLostOrDoneTwice(@TempDir Path folder)
      throws Exception {
    try (TestSystem system = new TestSystem(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(system, new Random(1))) {
      traffic.warmUp(Picture.of(pictures++));
      system.calls().setFaults(faults);
      for (Step step : STEPS) {
        for (Fault fault : FAULTS) {
          faults.plan(next(traffic).hash(), step.plan(fault, false));
        }
      }
      traffic.submit();
      traffic.deliver();
      traffic.ask();
      // Its circuit breaker for Vision uses the real clock and may still be open.
      system.replace(DeployedFunction.CLASSIFY);
      traffic.settle();

      traffic.check();
      assertThat(faults.unmet()).isEmpty();
      assertThat(system.calls().counts().keySet())
          .containsExactlyInAnyOrderElementsOf(
              EnumSet.complementOf(EnumSet.of(Fault.Kind.RESPOND)));
    }
  }

  @Test
  void everyCall_failsUntilRepaired_is503AndNothingIsLost(@TempDir Path folder) throws Exception {
    try (TestSystem system = new TestSystem(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(system, new Random(1))) {
      traffic.warmUp(Picture.of(pictures++));
      system.calls().setFaults(faults);
      int wanted = traffic.refusals();
      for (Step step : STEPS) {
        // A code that is not retried: retries would hide the fault until the deadline.
        faults.plan(next(traffic).hash(), step.plan(Fault.refuse(Code.PERMISSION_DENIED), true));
        faults.plan(
            next(traffic).hash(), step.plan(Fault.loseResponse(Code.PERMISSION_DENIED), true));
        wanted += 2;
      }
      // One pass is enough, unless other calls fail on a busy machine too.
      for (int i = 0; i < MAX_TIMES && !faults.unmet().isEmpty(); i++) {
        traffic.submit();
        traffic.deliver();
        traffic.ask();
      }
      assertThat(traffic.refusals()).isGreaterThanOrEqualTo(wanted);
      assertThat(faults.unmet()).isEmpty();

      faults.clear();
      traffic.settle();
      traffic.check();
    }
  }

  @Test
  void storage_failsInEveryWay_theUploadIsAcceptedAndTheLinkWorks(@TempDir Path folder)
      throws Exception {
    try (TestSystem system = new TestSystem(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(system, new Random(1))) {
      traffic.warmUp(Picture.of(pictures++));
      system.calls().setFaults(faults);
      for (String method : List.of("INSERT", "SIGN_BLOB")) {
        for (Fault fault : HTTP_FAULTS) {
          int number = system.calls().count(TestSystem.STORAGE, method, Call.NO_IMAGE) + 1;
          faults.plan(Call.NO_IMAGE, new Plan(TestSystem.STORAGE, method, number, fault, false));
          next(traffic);
          traffic.submit();
          traffic.ask();
          assertThat(system.calls().count(TestSystem.STORAGE, method, Call.NO_IMAGE))
              .as("%s %s", method, fault)
              .isGreaterThanOrEqualTo(number);
        }
      }
      faults.clear();
      traffic.settle();
      traffic.check();
    }
  }

  @Test
  void retry_eachCallFailsOnceInEveryWay_beginsOneRunAndIsAnsweredSo(@TempDir Path folder)
      throws Exception {
    List<Step> further =
        List.of(
            new Step(TestSystem.FIRESTORE, READ, 1),
            new Step(TestSystem.FIRESTORE, WRITE, 1),
            new Step(TestSystem.PUB_SUB, "Publish", 1),
            new Step(TestSystem.FIRESTORE, READ, 2),
            new Step(TestSystem.FIRESTORE, WRITE, 2));
    try (TestSystem system = new TestSystem(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(system, new Random(1))) {
      for (int i = 0; i < further.size() * FAULTS.size(); i++) {
        next(traffic);
      }
      traffic.settle();
      int before = traffic.refusals();
      int i = 0;
      for (Picture picture : traffic.pictures()) {
        Step step = further.get(i / FAULTS.size());
        int number = system.calls().count(step.service(), step.method(), picture.hash());
        Step planned = new Step(step.service(), step.method(), number + step.number());
        faults.plan(picture.hash(), planned.plan(FAULTS.get(i % FAULTS.size()), false));
        i++;
      }
      system.calls().setFaults(faults);

      // Not 409: then the client would not know that the run in progress is its own.
      assertThat(traffic.retryAll()).extracting(TimedResponse::status).isSubsetOf(202, 503);
      assertThat(traffic.refusals() - before).as("503").isLessThan(FAULTS.size());
      // A fault that closes a connection may end another call before its own fault.
      assertThat(faults.unmet()).hasSizeLessThan(FAULTS.size());
      faults.clear();
      system.invariants().leap(Duration.ofHours(2));
      traffic.sweep();
      traffic.settle();
      traffic.check();
    }
  }

  @Test
  void callback_eachCallFailsOnce_isSentUnderOneId(@TempDir Path folder) throws Exception {
    try (TestSystem system = new TestSystem(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(system, new Random(1))) {
      Picture first = Picture.of(pictures++);
      traffic.addWatched(first);
      traffic.settle();
      List<Step> steps = stepsOf(system, first.hash());
      assertThat(steps)
          .contains(
              new Step(TestSystem.RECEIVER, "POST", 1), new Step(TestSystem.FIRESTORE, WRITE, 6));
      for (Step step : steps) {
        for (Fault fault : KINDS) {
          Picture picture = Picture.of(pictures++);
          traffic.addWatched(picture);
          faults.plan(picture.hash(), step.plan(fault, false));
        }
      }
      system.calls().setFaults(faults);
      traffic.submit();
      traffic.deliver();
      traffic.ask();
      // Its circuit breaker for Vision uses the real clock and may still be open.
      system.replace(DeployedFunction.CLASSIFY);
      traffic.settle();

      traffic.check();
      // A callback that is notified at once makes one call less.
      assertThat(faults.unmet()).hasSizeLessThan(KINDS.size());
    }
  }

  @Test
  void batch_eachCallFailsOnce_isCompletedOnceAndSentUnderOneId(@TempDir Path folder)
      throws Exception {
    try (TestSystem system = new TestSystem(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(system, new Random(1))) {
      Picture known = next(traffic);
      traffic.settle();
      SentBatch first = traffic.addBatch(List.of(Picture.of(pictures++)), List.of(known));
      traffic.settle();
      List<Plan> plans = new ArrayList<>();
      for (Step step : stepsOf(system, first.id())) {
        KINDS.forEach(fault -> plans.add(step.plan(fault, false)));
      }
      assertThat(plans).hasSizeGreaterThan(10 * KINDS.size());
      FaultsInTurn inTurn = new FaultsInTurn(plans);
      system.calls().setFaults(inTurn);
      // A batch that was refused gets another id at the next attempt, and so another plan.
      for (int i = 0; i < MAX_TIMES && !inTurn.unmet().isEmpty(); i++) {
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

  /** The calls that were made for an image or a batch. */
  private static List<Step> stepsOf(TestSystem system, String image) {
    List<Step> steps = new ArrayList<>();
    for (Call call : system.calls().about(image)) {
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
