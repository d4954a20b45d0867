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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  /** The number of images or batches with counted calls, before any fails. */
  private static final int MEASURED = 4;

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

  /** Each gives the client of Cloud Storage another response, or another end of the connection. */
  private static final List<Fault> HTTP_FAULTS =
      List.of(
          Fault.refuse(Code.UNAVAILABLE),
          Fault.refuse(Code.RESOURCE_EXHAUSTED),
          Fault.refuse(Code.INTERNAL),
          Fault.refuse(Code.ABORTED),
          Fault.refuse(Code.PERMISSION_DENIED),
          Fault.of(Fault.Kind.HANG_BEFORE),
          Fault.of(Fault.Kind.HANG_AFTER),
          Fault.delay(Duration.ofMillis(150)),
          Fault.of(Fault.Kind.DROP_BEFORE),
          Fault.of(Fault.Kind.DROP_AFTER));

  /** A selection of faults, for functions with many calls. */
  private static final List<Fault> KINDS =
      List.of(
          Fault.refuse(Code.PERMISSION_DENIED),
          Fault.loseResponse(Code.UNAVAILABLE),
          Fault.loseResponse(Code.UNKNOWN),
          Fault.of(Fault.Kind.HANG_BEFORE),
          Fault.of(Fault.Kind.DROP_BEFORE),
          Fault.of(Fault.Kind.DROP_AFTER));

  private final PlannedFaults faults = new PlannedFaults(PlannedFaults.IMAGE_ID_LENGTH);
  private long pictures = 1_000_000;

  @Test
  void everyCall_failsOnceInEveryWay_nothingIsLostOrDoneTwice(@TempDir Path folder)
      throws Exception {
    try (TestSystem system = new TestSystem(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(system, new Random(1))) {
      traffic.warmUp(Picture.of(pictures++));
      system.calls().setFaults(faults);
      List<Plan> plans = plans(STEPS, FAULTS);
      faults.planNext(plans);
      for (int i = 0; i < plans.size(); i++) {
        next(traffic);
      }
      traffic.submit();
      traffic.deliver();
      traffic.readStatus();
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
        traffic.readStatus();
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
          traffic.readStatus();
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
  void retry_eachCallFailsOnce_beginsOneRunAndIs202(@TempDir Path folder) throws Exception {
    List<Step> steps =
        List.of(
            new Step(TestSystem.FIRESTORE, READ, 1),
            new Step(TestSystem.FIRESTORE, WRITE, 1),
            new Step(TestSystem.PUB_SUB, "Publish", 1),
            new Step(TestSystem.FIRESTORE, READ, 2),
            new Step(TestSystem.FIRESTORE, WRITE, 2));
    try (TestSystem system = new TestSystem(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(system, new Random(1))) {
      Map<Picture, Plan> planned = new LinkedHashMap<>();
      for (Plan plan : plans(steps, KINDS)) {
        planned.put(next(traffic), plan);
      }
      traffic.settle();
      int before = traffic.refusals();
      planned.forEach(
          (picture, plan) -> {
            int number = system.calls().count(plan.service(), plan.method(), picture.hash());
            faults.plan(picture.hash(), plan.after(number));
          });
      system.calls().setFaults(faults);

      // Not 409: then the client would not know that the run in progress is its own.
      assertThat(traffic.retryAll()).extracting(TimedResponse::status).isSubsetOf(202, 503);
      // Only the refusals that no client retries end as 503: one for each step.
      assertThat(traffic.refusals() - before).as("503").isLessThan(2 * steps.size());
      // A fault that closes a connection may end another call before its own fault.
      assertThat(faults.unmet()).hasSizeLessThan(KINDS.size());
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
      traffic.warmUp(Picture.of(pictures++));
      List<String> measured = new ArrayList<>();
      for (int i = 0; i < MEASURED; i++) {
        measured.add(nextWatched(traffic).hash());
      }
      traffic.settle();
      List<Step> steps = commonSteps(system, measured);
      assertThat(steps)
          .contains(
              new Step(TestSystem.RECEIVER, "POST", 1), new Step(TestSystem.FIRESTORE, WRITE, 6));
      List<Plan> plans = plans(steps, KINDS);
      system.calls().setFaults(faults);
      for (int i = 0; i < MAX_TIMES && !plans.isEmpty(); i++) {
        faults.planNext(plans);
        for (int image = 0; image < plans.size(); image++) {
          nextWatched(traffic);
        }
        traffic.submit();
        traffic.deliver();
        traffic.readStatus();
        traffic.settle();
        plans = faults.unmet();
      }

      traffic.check();
      assertThat(plans).isEmpty();
    }
  }

  @Test
  void batch_eachCallFailsOnce_isCompletedOnceAndSentUnderOneId(@TempDir Path folder)
      throws Exception {
    PlannedFaults batchFaults = new PlannedFaults(PlannedFaults.BATCH_ID_LENGTH);
    try (TestSystem system = new TestSystem(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(system, new Random(1))) {
      Picture known = next(traffic);
      traffic.settle();
      List<SentBatch> measured = new ArrayList<>();
      for (int i = 0; i < MEASURED; i++) {
        measured.add(traffic.addBatch(List.of(Picture.of(pictures++)), List.of(known)));
      }
      traffic.settle();
      List<Step> steps = commonSteps(system, measured.stream().map(SentBatch::id).toList());
      assertThat(steps).hasSizeGreaterThan(10);
      List<Plan> plans = plans(steps, KINDS);
      system.calls().setFaults(batchFaults);
      // A batch that was refused gets another id at the next attempt, and so another plan.
      for (int i = 0; i < MAX_TIMES && !plans.isEmpty(); i++) {
        batchFaults.planNext(plans);
        for (int batch = 0; batch < plans.size(); batch++) {
          traffic.addBatch(List.of(Picture.of(pictures++)), List.of(known));
        }
        traffic.submit();
        traffic.deliver();
        traffic.settle();
        plans = batchFaults.unmet();
      }

      traffic.check();
      assertThat(plans).isEmpty();
    }
  }

  private static List<Plan> plans(List<Step> steps, List<Fault> kinds) {
    List<Plan> plans = new ArrayList<>();
    for (Step step : steps) {
      kinds.forEach(fault -> plans.add(step.plan(fault, false)));
    }
    return plans;
  }

  /**
   * The calls that were made for every one of these images or batches. A call that was made for one
   * of them only was a retry on a busy machine, or the work of a duplicate delivery.
   */
  private static List<Step> commonSteps(TestSystem system, List<String> ids) {
    Map<Step, Integer> counts = new LinkedHashMap<>();
    for (String id : ids) {
      for (Call call : system.calls().about(id)) {
        for (int number = 1; number <= call.number(); number++) {
          counts.merge(new Step(call.service(), call.method(), number), 1, Integer::sum);
        }
      }
    }
    counts.values().removeIf(count -> count < ids.size());
    return List.copyOf(counts.keySet());
  }

  private Picture nextWatched(Traffic traffic) {
    Picture picture = Picture.of(pictures++);
    traffic.addWatched(picture);
    return picture;
  }

  private Picture next(Traffic traffic) {
    Picture picture = Picture.of(pictures++);
    traffic.add(picture);
    return picture;
  }
}
